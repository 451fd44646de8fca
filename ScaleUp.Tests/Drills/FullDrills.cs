using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.Drills.Report;

namespace ScaleUp.Tests.Drills;

/// <summary>What <c>eng/drill.sh</c> runs: drills in full length, and the long run. No part of a build, since they take long.</summary>
[Collection(nameof(DrillTopology))]
[Trait("Category", "Drill")]
public sealed class FullDrills(DrillTopology topology, ITestOutputHelper output)
{
    [Fact(Explicit = true)]
    public Task Nothing_is_lost_in_a_drill() => RunAsync(async (run, settings) =>
    {
        var results = new List<DrillResult>();
        foreach (var drill in settings.Names)
        {
            results.Add(await run.RunAsync(drill, TestContext.Current.CancellationToken));
        }

        return results;
    });

    [Fact(Explicit = true)]
    public Task Nothing_is_lost_and_nothing_grows_in_a_long_run() => RunAsync(async (run, settings) =>
        [await run.RunLongAsync(settings.Length, TestContext.Current.CancellationToken)]);

    private async Task RunAsync(Func<DrillRun, DrillSettings, Task<IReadOnlyList<DrillResult>>> drills)
    {
        var settings = DrillSettings.Read(Environment.GetEnvironmentVariable);
        var times = DrillTimes.Full with { PerSecond = settings.PerSecond ?? DrillTimes.Full.PerSecond };
        var run = new DrillRun(topology, times, new DrillReport(settings.Folder), settings.Seed, output.WriteLine);

        var results = await drills(run, settings);

        Assert.All(results, result => Assert.True(result.Verdict == Verdict.Passed, ResultTable.Explain(result)));
    }
}
