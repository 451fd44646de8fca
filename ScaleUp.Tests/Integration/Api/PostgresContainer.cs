using System.Diagnostics;
using System.Globalization;
using Npgsql;
using ScaleUp.AppHost;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Api;

/// <summary>A PostgreSQL of the topology's image with the topology's roles, for as long as the tests need it.</summary>
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

    /// <summary>As the role of requests.</summary>
    public string ConnectionString { get; }

    /// <summary>As the superuser, as all servers did before there were roles.</summary>
    public string SuperuserConnectionString { get; }

    /// <summary>As the role of migrations.</summary>
    public string OwnerConnectionString => OwnerOf(ConnectionString);

    /// <summary>The same database, as the role of migrations.</summary>
    public static string OwnerOf(string connectionString) => As(DatabaseRoles.Owner, connectionString);

    /// <param name="volume">Where the data are kept; null for in the container.</param>
    /// <param name="hasRoles">Whether it creates the roles; if not, only the superuser can connect, as before there were roles.</param>
    public static async Task<PostgresContainer> StartAsync(string? volume = null, bool hasRoles = true)
    {
        string[] mount = volume is null ? [] : [$"--volume={volume}:/var/lib/postgresql/data"];
        string[] entrypoint = hasRoles ? ["--entrypoint=sh"] : [];
        string[] command = hasRoles ? ["-c", DatabaseRoles.StartScript, "roles", "docker-entrypoint.sh", "postgres"] : [];
        var id = await ContainerClient.RunAsync(["run", "--detach", "--rm", $"--env=POSTGRES_PASSWORD={Password}", "--publish=127.0.0.1::5432",
            "--env=POSTGRES_USER=postgres", "--env=POSTGRES_DB=postgres", $"--env={DatabaseRoles.OwnerPasswordVariable}={Password}", $"--env={DatabaseRoles.ApiPasswordVariable}={Password}",
            .. mount, .. entrypoint, ContainerClient.PostgresImage, .. command]);
        var port = await ContainerClient.RunAsync("port", id, "5432/tcp");
        var container = new PostgresContainer(id, int.Parse(port[(port.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture));
        await WaitUntilReadyAsync(hasRoles ? container.ConnectionString : container.SuperuserConnectionString);
        return container;
    }

    /// <summary>Stops the database in the middle of whatever it does, as a hung host would.</summary>
    public Task PauseAsync() => ContainerClient.RunAsync("pause", _id);

    public Task UnpauseAsync() => ContainerClient.RunAsync("unpause", _id);

    public async ValueTask DisposeAsync() => await ContainerClient.RunAsync("rm", "--force", "--volumes", _id);

    /// <summary>Runs a statement as a superuser.</summary>
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

    private static string As(string role, string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Username = role }.ConnectionString;

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
