using ScaleUp.Tests.Drills.Faults;

namespace ScaleUp.Tests.Failures;

/// <summary>The most difficult failure: a server that accepts requests and never responds.</summary>
[Collection(nameof(DrillFixture))]
public sealed class HangTests(DrillFixture topology, ITestOutputHelper output)
{
    [Theory]
    [InlineData("web-1")]
    [InlineData("api-1")]
    public async Task A_hung_server_is_removed_and_returns_without_losing_a_request(string server)
    {
        await topology.RestoreAsync();
        await using var load = await ConstantLoad.StartAsync(topology.Website);
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

        output.WriteLine($"{server}: DOWN after {detected.TotalMilliseconds:0} ms, UP after {returned.TotalMilliseconds:0} ms; " +
            $"slowest response {load.Slowest.TotalMilliseconds:0} ms");
        await load.AssertNothingLostAsync(topology.DescribeAllAsync);
    }
}
