using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ScaleUp.Tests.Topology;

/// <summary>Traces, logs and metrics of a request, as operators see them.</summary>
[Collection(nameof(AppHostFixture))]
public sealed class ObservabilityTests(AppHostFixture topology)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("lb-1")]
    [InlineData("lb-2")]
    public async Task One_trace_joins_the_load_balancers_log_the_web_server_the_api_server_and_the_database(string loadBalancer)
    {
        var trace = RandomNumberGenerator.GetBytes(16);
        var id = Convert.ToHexStringLower(trace);
        using var http = Browser.Open(topology.WebsiteOf(loadBalancer));
        using var request = new HttpRequestMessage(HttpMethod.Get, FreshPages.FrontPage());
        request.Headers.Add("traceparent", $"00-{id}-00f067aa0ba902b7-01");

        using var response = await http.SendAsync(request, Cancellation);

        await topology.WaitForLogAsync(loadBalancer, id);
        var missing = await topology.Telemetry.MissingAsync(
            "trace", ["web-", "api-", "postgresql"], text => [trace, Encoding.UTF8.GetBytes(text)]);
        Assert.True(missing.Count == 0, $"Trace {id} has no span of {string.Join(" and ", missing)}.");
    }

    [Fact]
    public async Task A_request_without_a_trace_id_gets_one_that_the_log_contains()
    {
        var path = $"/none/{Guid.NewGuid():N}";
        using var http = Browser.Open(topology.WebsiteOf("lb-1"));

        using var response = await http.GetAsync(path, Cancellation);

        await topology.WaitForLogAsync("lb-1", path);
        var line = (await topology.ReadLogAsync("lb-1")).First(l => l.Contains(path, StringComparison.Ordinal));
        using var entry = JsonDocument.Parse(line[line.IndexOf('{', StringComparison.Ordinal)..]);
        Assert.Equal(404, entry.RootElement.GetProperty("status").GetInt32());
        var trace = Convert.FromHexString(entry.RootElement.GetProperty("trace_id").GetString()!);
        Assert.Empty(await topology.Telemetry.MissingAsync("trace", ["web-"], text => [trace, Encoding.UTF8.GetBytes(text)]));
    }

    [Theory]
    [InlineData("lb-1")]
    [InlineData("lb-2")]
    public async Task The_dashboard_receives_the_metrics_of_each_load_balancer(string loadBalancer)
    {
        string[] instruments =
        [
            "haproxy.frontend.requests", "haproxy.frontend.responses", "haproxy.frontend.connections", "haproxy.backend.queue",
            "haproxy.backend.redispatches", "haproxy.server.requests", "haproxy.server.errors", "haproxy.server.up",
        ];

        Assert.Empty(await topology.Telemetry.MissingAsync(
            "metrics", instruments, text => [Encoding.UTF8.GetBytes(text), Encoding.UTF8.GetBytes(loadBalancer)]));
    }
}
