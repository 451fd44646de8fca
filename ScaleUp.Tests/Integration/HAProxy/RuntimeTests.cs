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
        Assert.Equal("", await SetStateAsync("drain"));
        Assert.Equal(("DRAIN", "DRAIN"), (await StatusAsync("web-1"), (await StatusAsync("web-1-fail-open"))[..5]));

        Assert.Equal("", await SetStateAsync("ready"));
        Assert.Equal(("UP", "no check"), (await StatusAsync("web-1"), await StatusAsync("web-1-fail-open")));
    }

    private async Task<string> SetStateAsync(string state)
    {
        var command = $"@1 set server web/web-1 state {state};@1 set server web/web-1-fail-open state {state}";
        return (await Cluster["lb-1"].ExecuteAsync(command)).Trim();
    }

    private async Task<string> StatusAsync(string server) => await Cluster["lb-1"].StatusOfAsync("web", server);

    public sealed class Fixture : IAsyncLifetime
    {
        internal HAProxyCluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync() =>
            Cluster = await HAProxyCluster.StartAsync(HAProxyCluster.Model(new HAProxySettings { SlowStart = TimeSpan.Zero }));

        public ValueTask DisposeAsync() => Cluster.DisposeAsync();
    }
}
