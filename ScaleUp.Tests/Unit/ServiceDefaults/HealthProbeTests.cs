using System.Diagnostics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using ScaleUp.Api.Data;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.ServiceDefaults;

/// <summary>Started with <c>--healthcheck</c>, a server's program is the health check of its container.</summary>
public sealed class HealthProbeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(200, 0)]
    [InlineData(404, 1)] // Draining.
    [InlineData(503, 1)]
    public async Task The_exit_code_reports_whether_the_server_is_ready(int status, int expected)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?> { ["urls"] = "http://127.0.0.1:0" });
        builder.Logging.ClearProviders();
        await using var server = builder.Build();
        server.MapGet("/health", () => Results.StatusCode(status));
        await server.StartAsync(Cancellation);

        Assert.Equal(expected, await ProbeAsync(new Uri(server.Urls.Single()).Port));
    }

    [Fact]
    public async Task A_server_that_is_not_running_is_not_ready() => Assert.Equal(1, await ProbeAsync(1));

    private static async Task<int> ProbeAsync(int port)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(MigrationState).Assembly.Location, "--healthcheck"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
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
