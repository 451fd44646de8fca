using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Drills.Faults;

namespace ScaleUp.Tests.Failures;

/// <summary>The worst kind of failure: a server that takes requests and answers none.</summary>
[Collection(nameof(DrillTopology))]
public sealed class HangTests(DrillTopology topology, ITestOutputHelper output)
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMilliseconds(1500);

    [Theory]
    [InlineData("web-1")]
    [InlineData("api-1")]
    public async Task A_hung_server_is_out_within_one_and_a_half_seconds_and_loses_no_request(string server)
    {
        await topology.RestoreAsync();
        await using var load = await SteadyLoad.StartAsync(topology.Website);
        await load.ContinueForAsync(seconds: 2);
        var down = topology.WaitForNewLogAsync(["lb-1", "lb-2"], $"/{server} is DOWN");

        var since = DateTimeOffset.UtcNow;
        topology.Pause(server);
        var detected = await down - since;
        await load.ContinueForAsync(seconds: 2);

        var up = topology.WaitForNewLogAsync(["lb-1", "lb-2"], $"/{server} is UP, reason");
        since = DateTimeOffset.UtcNow;
        topology.Resume(server);
        var returned = await up - since;
        await load.ContinueForAsync(seconds: 2);

        output.WriteLine($"{server}: out after {detected.TotalMilliseconds:0} ms, back after {returned.TotalMilliseconds:0} ms; slowest answer {load.Slowest.TotalMilliseconds:0} ms");
        await load.AssertNothingLostAsync(topology.DescribeAllAsync);
        Assert.InRange(detected, TimeSpan.Zero, s_limit);
        Assert.InRange(returned, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        // One attempt in vain, and a good answer.
        Assert.InRange(load.Slowest, TimeSpan.Zero, new HAProxySettings().AttemptTimeout + TimeSpan.FromSeconds(1));
    }
}
