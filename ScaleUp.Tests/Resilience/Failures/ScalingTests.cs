using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HAProxy;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Topology;

namespace ScaleUp.Tests.Failures;

/// <summary>A tier grows and shrinks while visitors are there.</summary>
[Collection(nameof(DrillFixture))]
public sealed class ScalingTests(DrillFixture topology, ITestOutputHelper output)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("web-3")]
    [InlineData("api-4")]
    public async Task A_standby_server_that_is_started_takes_part_and_leaves_without_a_loss(string server)
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
        // Whatever the load balancer that the visitors of this load happen to come to, a visitor of each gets to the new server.
        await Eventually.TrueAsync(
            async () =>
            {
                await AskAsync("lb-1");
                await AskAsync("lb-2");
                return (await CountRequestsAsync(server)).Zip(before).All(counts => counts.First > counts.Second);
            },
            async () => $"Not both load balancers have sent requests to {server}. {await topology.DescribeAllAsync()}");

        await load.ContinueForAsync(seconds: 2);

        await topology.ExecuteAsync(server, KnownResourceCommands.StopCommand);
        await topology.WaitUntilStoppedAsync(server);
        await load.ContinueForAsync(seconds: 1);

        output.WriteLine($"{server}: known to both load balancers {delay.TotalMilliseconds:+0;-0} ms from when Aspire found it healthy; slowest answer {load.Slowest.TotalMilliseconds:0} ms");
        await load.AssertNothingLostAsync(topology.DescribeAllAsync);
    }

    [Fact]
    public async Task A_load_balancer_says_in_words_what_is_missing_behind_it()
    {
        await topology.RestoreAsync();
        // A standby server that was not started is not missed.
        Assert.All(["lb-1", "lb-2"], lb => Assert.Equal(HealthStatus.Healthy, topology.SnapshotOf(lb).HealthStatus));
        Assert.Equal(KnownResourceStates.Running, topology.SnapshotOf("lb").State?.Text);

        topology.Kill("api-2");
        await topology.WaitUntilStoppedAsync("api-2");
        await topology.WaitForStateAsync("lb", state => state?.StartsWith("Degraded. lb-1, lb-2: api-2 is down (", StringComparison.Ordinal) == true);

        await Task.WhenAll(topology.ExecuteAsync("api-1", KnownResourceCommands.StopCommand), topology.ExecuteAsync("api-3", KnownResourceCommands.StopCommand));
        await topology.WaitForStateAsync("lb", state => state?.Contains("No server is available for api.", StringComparison.Ordinal) == true);
    }

    /// <summary>How many requests each load balancer has sent to it, by its own count: a call between tiers that went well is not in its log.</summary>
    private async Task<long[]> CountRequestsAsync(string server) => await Task.WhenAll(topology.Resources.OfType<HAProxyResource>().Select(
        async loadBalancer => (await RuntimeApiClient.GetStatisticsAsync(loadBalancer, Cancellation)).Server(server.Split('-')[0], server)!.Number("stot")));

    private async Task AskAsync(string loadBalancer)
    {
        using var http = Browser.Open(topology.WebsiteOf(loadBalancer));
        using var response = await http.GetAsync(FreshPages.FrontPage(), Cancellation);
    }
}
