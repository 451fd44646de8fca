using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HAProxy;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Topology;

namespace ScaleUp.Tests.Failures;

/// <summary>Scaling a tier out and in under load.</summary>
[Collection(nameof(DrillFixture))]
public sealed class ScalingTests(DrillFixture topology, ITestOutputHelper output)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("web-3")]
    [InlineData("api-4")]
    public async Task A_standby_server_can_join_and_leave_under_load_without_losing_a_request(string server)
    {
        await topology.RestoreAsync();
        Assert.NotEqual(KnownResourceStates.Running, topology.SnapshotOf(server).State?.Text);
        await using var load = await ConstantLoad.StartAsync(topology.Website);
        await load.ContinueForAsync(seconds: 1);
        var known = topology.WaitForNewLogAsync(["lb-1", "lb-2"], $"/{server} is UP, reason");
        var before = await CountRequestsAsync(server);

        await topology.ExecuteAsync(server, KnownResourceCommands.StartCommand);
        await topology.WaitUntilHealthyAsync(server);
        var healthy = DateTimeOffset.UtcNow;
        var delay = await known - healthy;
        // The load may reach only one of the load balancers, so the test also sends requests through each of them.
        await Eventually.TrueAsync(
            async () =>
            {
                await SendRequestAsync("lb-1");
                await SendRequestAsync("lb-2");
                return (await CountRequestsAsync(server)).Zip(before).All(counts => counts.First > counts.Second);
            },
            async () => $"Only one load balancer has sent requests to {server}, or none. {await topology.DescribeAllAsync()}");

        await load.ContinueForAsync(seconds: 2);

        await topology.ExecuteAsync(server, KnownResourceCommands.StopCommand);
        await topology.WaitUntilStoppedAsync(server);
        await load.ContinueForAsync(seconds: 1);

        output.WriteLine(
            $"{server}: UP at both load balancers {delay.TotalMilliseconds:+0;-0} ms relative to healthy in Aspire; " +
            $"slowest response {load.Slowest.TotalMilliseconds:0} ms");
        await load.AssertNothingLostAsync(topology.DescribeAllAsync);
    }

    [Fact]
    public async Task A_load_balancers_state_describes_which_servers_are_down()
    {
        await topology.RestoreAsync();
        // Standby servers that are not started do not count as down.
        Assert.All(["lb-1", "lb-2"], lb => Assert.Equal(HealthStatus.Healthy, topology.SnapshotOf(lb).HealthStatus));
        Assert.Equal(KnownResourceStates.Running, topology.SnapshotOf("lb").State?.Text);

        topology.Kill("api-2");
        await topology.WaitUntilStoppedAsync("api-2");
        await topology.WaitForStateAsync(
            "lb", state => state?.StartsWith("Degraded. lb-1, lb-2: api-2 is down (", StringComparison.Ordinal) == true);

        await Task.WhenAll(topology.ExecuteAsync("api-1", KnownResourceCommands.StopCommand),
            topology.ExecuteAsync("api-3", KnownResourceCommands.StopCommand));
        await topology.WaitForStateAsync(
            "lb", state => state?.Contains("No server is available for api.", StringComparison.Ordinal) == true);
    }

    /// <summary>
    /// The number of requests that each load balancer has sent to the server, by its counters, because it does not log successful internal
    /// requests.
    /// </summary>
    private async Task<long[]> CountRequestsAsync(string server) => await Task.WhenAll(topology.Resources.OfType<HAProxyResource>().Select(
        async loadBalancer => (await RuntimeApiClient.GetStatisticsAsync(loadBalancer, Cancellation))
            .Server(server.Split('-')[0], server)!.Number("stot")));

    private async Task SendRequestAsync(string loadBalancer)
    {
        using var http = Browser.Open(topology.WebsiteOf(loadBalancer));
        using var response = await http.GetAsync(FreshPages.FrontPage(), Cancellation);
    }
}
