using System.Diagnostics;
using System.Globalization;
using Npgsql;
using ScaleUp.AppHost;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Api;

/// <summary>A temporary PostgreSQL container with the topology's image and roles.</summary>
internal sealed class PostgresContainer : IAsyncDisposable
{
    private const string Password = "only-for-tests";
    private readonly string _id;

    private PostgresContainer(string id, int port)
    {
        _id = id;
        SuperuserConnectionString = $"Host=127.0.0.1;Port={port};Username=postgres;Password={Password};Database=postgres";
        ConnectionString = As(DatabaseRoles.Api, SuperuserConnectionString);
    }

    /// <summary>The connection string of the API role, which serves requests.</summary>
    public string ConnectionString { get; }

    /// <summary>The connection string of the superuser, which all servers used before the introduction of roles.</summary>
    public string SuperuserConnectionString { get; }

    /// <summary>The connection string of the owner role, which runs migrations.</summary>
    public string OwnerConnectionString => OwnerOf(ConnectionString);

    /// <summary>The given connection string with the owner role, which runs migrations.</summary>
    public static string OwnerOf(string connectionString) => As(DatabaseRoles.Owner, connectionString);

    /// <param name="volume">The volume of the data; null to store them in the container.</param>
    /// <param name="hasRoles">Whether to create the roles; without them, only the superuser can connect, as before their
    /// introduction.</param>
    public static async Task<PostgresContainer> StartAsync(string? volume = null, bool hasRoles = true)
    {
        string[] mount = volume is null ? [] : [$"--volume={volume}:/var/lib/postgresql/data"];
        string[] entrypoint = hasRoles ? ["--entrypoint=sh"] : [];
        string[] command = hasRoles ? ["-c", DatabaseRoles.StartScript, "roles", "docker-entrypoint.sh", "postgres"] : [];
        var id = await ContainerClient.RunAsync(
            ["run", "--detach", "--rm", $"--env=POSTGRES_PASSWORD={Password}", "--publish=127.0.0.1::5432",
            "--env=POSTGRES_USER=postgres", "--env=POSTGRES_DB=postgres", $"--env={DatabaseRoles.OwnerPasswordVariable}={Password}",
                $"--env={DatabaseRoles.ApiPasswordVariable}={Password}",
            .. mount, .. entrypoint, ContainerClient.PostgresImage, .. command]);
        var port = await ContainerClient.RunAsync("port", id, "5432/tcp");
        var container = new PostgresContainer(id, int.Parse(port[(port.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture));
        await WaitUntilReadyAsync(hasRoles ? container.ConnectionString : container.SuperuserConnectionString);
        return container;
    }

    /// <summary>Freezes the database's processes, like a hung host.</summary>
    public Task PauseAsync() => ContainerClient.RunAsync("pause", _id);

    public Task UnpauseAsync() => ContainerClient.RunAsync("unpause", _id);

    public async ValueTask DisposeAsync() => await ContainerClient.RunAsync("rm", "--force", "--volumes", _id);

    /// <summary>Executes a statement as the superuser.</summary>
    public Task<object?> ExecuteAsync(string sql) => ExecuteAsync(SuperuserConnectionString, sql);

    /// <summary>Distinguishes the connections of tests from those of servers.</summary>
    public const string ApplicationName = "tests";

    /// <summary>Runs a statement.</summary>
    public static async Task<object?> ExecuteAsync(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection($"{connectionString};Application Name={ApplicationName}");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static string As(string role, string connectionString) =>
        new NpgsqlConnectionStringBuilder(connectionString) { Username = role }.ConnectionString;

    private static async Task WaitUntilReadyAsync(string connectionString)
    {
        for (var limit = Stopwatch.StartNew(); ;)
        {
            try
            {
                await ExecuteAsync(connectionString, "SELECT 1");
                return;
            }
            catch (NpgsqlException) when (limit.Elapsed < Eventually.Limit)
            {
                await Task.Delay(100);
            }
        }
    }
}
