using System.Diagnostics;
using System.Globalization;
using Npgsql;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Api;

/// <summary>A PostgreSQL of the topology's image, for as long as the tests need it.</summary>
internal sealed class PostgresContainer : IAsyncDisposable
{
    private const string Password = "only-for-tests";
    private readonly string _id;

    private PostgresContainer(string id, int port)
    {
        _id = id;
        ConnectionString = $"Host=127.0.0.1;Port={port};Username=postgres;Password={Password};Database=postgres";
    }

    public string ConnectionString { get; }

    public static async Task<PostgresContainer> StartAsync()
    {
        var id = await ContainerClient.RunAsync("run", "--detach", "--rm", $"--env=POSTGRES_PASSWORD={Password}", "--publish=127.0.0.1::5432",
            ContainerClient.PostgresImage);
        var port = await ContainerClient.RunAsync("port", id, "5432/tcp");
        var container = new PostgresContainer(id, int.Parse(port[(port.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture));
        await container.WaitUntilReadyAsync();
        return container;
    }

    /// <summary>Stops the database in the middle of whatever it does, as a hung host would.</summary>
    public Task PauseAsync() => ContainerClient.RunAsync("pause", _id);

    public Task UnpauseAsync() => ContainerClient.RunAsync("unpause", _id);

    public async ValueTask DisposeAsync() => await ContainerClient.RunAsync("rm", "--force", "--volumes", _id);

    /// <summary>Runs a statement.</summary>
    public async Task<object?> ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(ConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private async Task WaitUntilReadyAsync()
    {
        for (var limit = Stopwatch.StartNew(); ;)
        {
            try
            {
                await ExecuteAsync("SELECT 1");
                return;
            }
            catch (NpgsqlException) when (limit.Elapsed < Eventually.Limit)
            {
                await Task.Delay(100);
            }
        }
    }
}
