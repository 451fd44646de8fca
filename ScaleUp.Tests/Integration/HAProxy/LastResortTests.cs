using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>A tier without a healthy server says so, and its servers are asked nevertheless.</summary>
[Integration]
public sealed class FailOpenTests(FailOpenTests.Fixture fixture) : IClassFixture<FailOpenTests.Fixture>
{
    private HAProxyCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task A_tier_whose_servers_all_fail_their_checks_is_down_in_statistics_and_metrics_and_answers_all_the_same()
    {
        await Cluster.RestoreAsync();
        Assert.Equal("UP", await Cluster["lb-1"].StatusOfAsync("web", "BACKEND"));

        // Their health checks hang; requests are answered.
        foreach (var origin in Cluster.Origins)
        {
            origin.State = OriginState.Hanging;
        }

        await Eventually.TrueAsync(async () => await Cluster["lb-1"].StatusOfAsync("web", "BACKEND") == "DOWN", Cluster.DescribeAsync);
        var metrics = (await RawClient.SendAsync(Cluster.Operations(), "GET /metrics HTTP/1.0\r\n\r\n")).Body;
        Assert.Contains("haproxy_backend_status{proxy=\"web\",state=\"UP\"} 0\n", metrics);
        Assert.Contains("haproxy_backend_status{proxy=\"web\",state=\"DOWN\"} 1\n", metrics);
        Assert.Equal(200, (await RawClient.SendAsync(Cluster.Public(), "GET /small HTTP/1.1\r\nHost: a.example\r\n\r\n")).Status);
        var large = $"POST /large HTTP/1.1\r\nHost: a.example\r\nContent-Length: 50000\r\n\r\n{new string('x', 50_000)}";
        Assert.Equal(200, (await RawClient.SendAsync(Cluster.Public(), large)).Status);

        await Cluster.RestoreAsync();
        Assert.Equal("UP", await Cluster["lb-1"].StatusOfAsync("web", "BACKEND"));
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal HAProxyCluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Cluster = await HAProxyCluster.StartAsync(HAProxyCluster.Model(new HAProxySettings()));

        public ValueTask DisposeAsync() => Cluster.DisposeAsync();
    }
}
