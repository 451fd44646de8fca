using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.Drills.Report;

namespace ScaleUp.Tests.Drills;

/// <summary>The drills in full length and the long run, started by <c>eng/drill.sh</c>. They take too long to be part of a build.</summary>
[Collection(nameof(DrillFixture))]
[Trait("Category", "Drill")]
public sealed class FullDrills(DrillFixture topology, ITestOutputHelper output)
{
    [Fact(Explicit = true)]
    public async Task Nothing_is_lost_in_a_drill()
    {
        var (run, settings) = Prepare();
        var failures = new List<string>();
        foreach (var drill in settings.Names)
        {
            try
            {
                failures.AddRange(Judge(await run.RunAsync(drill, TestContext.Current.CancellationToken)));
            }
            catch (Exception exception) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                // Continue, because the next drill first restores all servers.
                output.WriteLine($"{drill.Name} was aborted: {exception.Message}");
                failures.Add($"{drill.Name}: {exception}");
            }
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }

    [Fact(Explicit = true)]
    public async Task Nothing_is_lost_and_nothing_grows_in_a_long_run()
    {
        var (run, settings) = Prepare();

        var result = await run.RunLongAsync(settings.Length, TestContext.Current.CancellationToken);

        Assert.False(result.IsBad, ResultTable.Explain(result));
    }

    private (DrillRun Run, DrillSettings Settings) Prepare()
    {
        var settings = DrillSettings.Read(Environment.GetEnvironmentVariable);
        var times = DrillTimes.Full with { PerSecond = settings.PerSecond ?? DrillTimes.Full.PerSecond };
        return (new DrillRun(topology, times, new DrillReport(settings.Folder), settings.Seed, output.WriteLine), settings);
    }

    private static IEnumerable<string> Judge(DrillResult result) => !result.IsBad ? [] : [ResultTable.Explain(result)];
}
