using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace ScaleUp.Tests.Api;

/// <summary>A PostgreSQL of the topology's image, for as long as the tests need it.</summary>
internal sealed class PostgresContainer : IAsyncDisposable
{
    private const string Password = "only-for-tests";
    private static readonly TimeSpan s_startLimit = TimeSpan.FromSeconds(60);

    // The orchestrator of the tests needs the variables to find the same engine and image.
    private static readonly IConfiguration s_settings = new ConfigurationBuilder().AddEnvironmentVariables().Build();
    private readonly string _id;

    private PostgresContainer(string id, int port)
    {
        _id = id;
        ConnectionString = $"Host=127.0.0.1;Port={port};Username=postgres;Password={Password};Database=postgres";
    }

    public string ConnectionString { get; }

    public static async Task<PostgresContainer> StartAsync()
    {
        var id = (await DockerAsync("run", "--detach", "--rm", $"--env=POSTGRES_PASSWORD={Password}", "--publish=127.0.0.1::5432",
            AppHost.Topology.Read(s_settings).PostgresImage)).Trim();
        var port = (await DockerAsync("port", id, "5432/tcp")).Trim();
        var container = new PostgresContainer(id, int.Parse(port[(port.LastIndexOf(':') + 1)..], CultureInfo.InvariantCulture));
        await container.WaitUntilReadyAsync();
        return container;
    }

    /// <summary>Stops the database in the middle of whatever it does, as a hung host would.</summary>
    public Task PauseAsync() => DockerAsync("pause", _id);

    public Task UnpauseAsync() => DockerAsync("unpause", _id);

    public async ValueTask DisposeAsync() => await DockerAsync("rm", "--force", "--volumes", _id);

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
            catch (NpgsqlException) when (limit.Elapsed < s_startLimit)
            {
                await Task.Delay(100);
            }
        }
    }

    private static async Task<string> DockerAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(s_settings["ASPIRE_CONTAINER_RUNTIME"] ?? "docker", arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"docker {string.Join(' ', arguments)}: {await error}");
        return output;
    }
}
