using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using ScaleUp.Api.Data;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.ServiceDefaults;

/// <summary>A server's own program, started with <c>--healthcheck</c>, is what a container engine asks for its health.</summary>
public sealed class HealthProbeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(200, 0)]
    [InlineData(404, 1)] // It leaves.
    [InlineData(503, 1)]
    public async Task It_answers_by_its_exit_code_whether_the_server_beside_it_is_ready(int status, int expected)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["urls"] = "http://127.0.0.1:0" });
        builder.Logging.ClearProviders();
        await using var server = builder.Build();
        server.MapGet("/health", () => Results.StatusCode(status));
        await server.StartAsync(Cancellation);

        Assert.Equal(expected, await AskAsync(new Uri(server.Urls.Single()).Port));
    }

    [Fact]
    public async Task Nobody_there_is_not_ready() => Assert.Equal(1, await AskAsync(1));

    private static async Task<int> AskAsync(int port)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(MigrationState).Assembly.Location, "--healthcheck"]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["HTTP_PORTS"] = port.ToString(CultureInfo.InvariantCulture);
        using var process = Process.Start(start)!;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        limit.CancelAfter(Eventually.Limit);
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }

        return process.ExitCode;
    }
}
