using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.Drills.Report;

namespace ScaleUp.Tests.Drills;

/// <summary>The loss of PostgreSQL's primary in every build, and all drills of the PostgreSQL cluster for <c>eng/drill.sh</c>.</summary>
[Collection(nameof(ClusterDrillTopology))]
[Trait("Category", "Drill")]
public sealed class ClusterDrillTests(ClusterDrillTopology topology, ITestOutputHelper output)
{
    [Fact]
    public async Task Killing_the_primary_loses_no_acknowledged_write_and_writes_return()
    {
        var settings = DrillSettings.Read(_ => null);
        var run = new DrillRun(topology, DrillTimes.ShortCluster, new DrillReport(settings.Folder), settings.Seed, output.WriteLine);

        var result = await run.RunAsync(Drill.Named("kill-primary"), TestContext.Current.CancellationToken);

        var incident = Assert.Single(result.Incidents);
        Assert.False(result.IsBroken, $"{ResultTable.Explain(result)}\nChart, ledger and logs of the servers: {settings.Folder}");
        // The new primary accepts writes before the killed member is started again.
        Assert.True(
            result.Samples.Any(s => s.IsWrite && s.IsGood && s.Scheduled > incident.Done && s.Ended < incident.Mended),
            $"No write was acknowledged before the member was started again. {ResultTable.Explain(result)}");
    }

    [Fact(Explicit = true)]
    public async Task Nothing_is_lost_in_a_drill_of_the_cluster()
    {
        var settings = DrillSettings.Read(Environment.GetEnvironmentVariable);
        var times = DrillTimes.Cluster with { PerSecond = settings.PerSecond ?? DrillTimes.Cluster.PerSecond };
        var run = new DrillRun(topology, times, new DrillReport(settings.Folder), settings.Seed, output.WriteLine);
        var failures = new List<string>();
        foreach (var drill in settings.Names.Where(drill => drill.IsOfCluster))
        {
            var result = await run.RunAsync(drill, TestContext.Current.CancellationToken);
            output.WriteLine($"{drill.Name}: longest time without a write {result.LongestWithoutWrite.TotalSeconds:0.0} s");
            failures.AddRange(result.IsBad ? [ResultTable.Explain(result)] : Array.Empty<string>());
        }

        Assert.True(failures.Count == 0, string.Join('\n', failures));
    }
}
