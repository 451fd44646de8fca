using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.Drills.Report;

namespace ScaleUp.Tests.Drills;

/// <summary>A short form of the most important drills, for every build. Only <c>eng/drill.sh</c> judges speed.</summary>
[Collection(nameof(DrillFixture))]
[Trait("Category", "Drill")]
public sealed class DrillTests(DrillFixture topology, ITestOutputHelper output)
{
    private static readonly DrillSettings s_settings = DrillSettings.Read(_ => null);
    private static readonly DrillReport s_report = new(s_settings.Folder);

    public static TheoryData<string> Representative { get; } = [.. Drill.Representative];

    [Theory]
    [MemberData(nameof(Representative))]
    public async Task Nothing_is_lost_or_doubled_and_all_servers_return_in_a_short_drill(string name)
    {
        var times = topology.IsWarm ? DrillTimes.Short with { WarmUp = TimeSpan.Zero } : DrillTimes.Short;
        var run = new DrillRun(topology, times, s_report, s_settings.Seed, output.WriteLine);

        var result = await run.RunAsync(Drill.Named(name), TestContext.Current.CancellationToken);
        topology.IsWarm = true;

        Assert.False(result.IsBroken, $"{ResultTable.Explain(result)}\nChart, ledger and the servers' last log lines: {s_report.Folder}");
    }
}
