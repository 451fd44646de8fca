using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>The Runtime API requires its key, and drains servers.</summary>
[Integration]
public sealed class RuntimeTests(RuntimeTests.Fixture fixture) : IClassFixture<RuntimeTests.Fixture>
{
    private HAProxyCluster Cluster => fixture.Cluster;

    [Theory]
    [InlineData("another key")]
    [InlineData("")]
    public async Task The_Runtime_API_rejects_clients_without_the_key(string key)
    {
        Assert.Equal("", await Cluster["lb-1"].ExecuteAsync("@1 show info", key));
        using var client = await RawClient.ConnectAsync(Cluster["lb-1"].Port(HAProxyConfiguration.RuntimePort));
        await client.WriteAsync("@1 show info;quit\n");

        Assert.Equal("", await client.ReadToEndAsync());
        Assert.Contains("Name: HAProxy", await Cluster["lb-1"].ExecuteAsync("@1 show info"));
    }

    [Fact]
    public async Task A_server_and_its_fail_open_entry_can_be_drained_and_returned_to_service()
    {
        await Cluster.RestoreAsync();
        Assert.Equal("", (await Cluster["lb-1"].ExecuteAsync(
            "@1 set server web/web-1 state drain;@1 set server web-fail-open/web-1-fail-open state drain")).Trim());
        Assert.Equal(("DRAIN", "DRAIN"), (await StatusAsync("web"), (await StatusAsync("web-fail-open", "web-1-fail-open"))[..5]));

        Assert.Equal("", (await Cluster["lb-1"].ExecuteAsync(
            "@1 set server web/web-1 state ready;@1 set server web-fail-open/web-1-fail-open state ready")).Trim());
        Assert.Equal(("UP", "no check"), (await StatusAsync("web"), await StatusAsync("web-fail-open", "web-1-fail-open")));
    }

    private Task<string> StatusAsync(string backend, string server = "web-1") => Cluster["lb-1"].StatusOfAsync(backend, server);

    public sealed class Fixture : HAProxyFixture
    {
        internal override Task<HAProxyCluster> StartAsync() =>
            HAProxyCluster.StartAsync(HAProxyCluster.Model(new HAProxySettings { SlowStart = TimeSpan.Zero }));
    }
}
