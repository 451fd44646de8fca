using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>If load balancers do not start, the tests that need them report why.</summary>
public sealed class HAProxyClusterTests
{
    [Theory]
    [Integration]
    [InlineData("echo 'no such option' >&2; exit 1")]
    [InlineData("echo 'no such option' >&2; sleep 1; exit 1")]
    public async Task A_load_balancer_that_exits_during_startup_fails_with_its_log(string command)
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => HAProxyCluster.StartCommandAsync(HAProxyCluster.Model(new HAProxySettings()), ["sh", "-c", command]));

        Assert.StartsWith("lb-1 exited. Log:\n", exception.Message);
        Assert.Contains("no such option", exception.Message);
    }

    [Fact]
    public async Task A_fixture_that_failed_to_start_can_be_disposed_of()
    {
        var fixture = new FailedFixture();

        await Assert.ThrowsAsync<TimeoutException>(async () => await fixture.InitializeAsync());
        await fixture.DisposeAsync();

        Assert.Throws<InvalidOperationException>(() => fixture.Cluster);
    }

    private sealed class FailedFixture : HAProxyFixture
    {
        internal override Task<HAProxyCluster> StartAsync() => Task.FromException<HAProxyCluster>(new TimeoutException());
    }
}
