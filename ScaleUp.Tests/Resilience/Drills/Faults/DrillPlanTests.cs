using System.Text.RegularExpressions;

namespace ScaleUp.Tests.Drills.Faults;

public sealed partial class DrillPlanTests
{
    private static readonly TimeSpan s_hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(20);

    [Fact]
    public void The_same_seed_gives_the_same_sequence_of_faults_and_another_does_not()
    {
        Assert.Equal(FaultPlan.Make(1, s_hour, s_interval), FaultPlan.Make(1, s_hour, s_interval));
        Assert.NotEqual(FaultPlan.Make(1, s_hour, s_interval), FaultPlan.Make(2, s_hour, s_interval));
    }

    [Fact]
    public void An_hour_has_a_fault_every_20_seconds_and_time_to_recover_from_the_last_one()
    {
        var plan = FaultPlan.Make(1, s_hour, s_interval);

        Assert.Equal(179, plan.Count);
        Assert.All(plan.Index(), item => Assert.Equal((item.Index + 1) * s_interval, item.Item.At));
    }

    [Fact]
    public void An_hour_has_every_kind_of_fault_on_every_server()
    {
        var missing = Drill.Accidents.Except(FaultPlan.Make(1, s_hour, s_interval).Select(accident => accident.Fault));

        Assert.Empty(missing);
    }

    [Fact]
    public void There_are_fourteen_drills_that_cover_every_tier()
    {
        Assert.Equal(14, Drill.All.Count);
        Assert.Equal(14, Drill.All.Select(drill => drill.Name).Distinct().Count());
        foreach (var kind in new[] { FaultKind.Terminate, FaultKind.Kill, FaultKind.Hang })
        {
            foreach (var tier in new[] { "lb-", "web-", "api-" })
            {
                Assert.Single(Drill.All, drill => drill.Faults is [var only] && only.Kind == kind &&
                    only.Target.StartsWith(tier, StringComparison.Ordinal));
            }
        }

        Assert.Equal([FaultKind.Restart, FaultKind.Kill, FaultKind.Hang],
            Drill.All.Where(drill => drill.IsOfDatabase).Select(drill => drill.Faults.Single().Kind));
        Assert.All(Drill.Representative, name => Drill.Named(name));
    }

    [Fact]
    public void The_drills_of_the_cluster_affect_only_its_members()
    {
        Assert.Equal(
            ["kill-primary", "term-primary", "hang-primary", "kill-standby", "kill-two-of-three", "switch-over"],
            Drill.OfCluster.Select(drill => drill.Name));
        Assert.All(Drill.OfCluster, drill => Assert.All(drill.Faults, fault => Assert.True(fault.IsOfCluster && fault.IsOfDatabase)));
        Assert.All(Drill.All, drill => Assert.False(drill.IsOfCluster));
    }

    [Fact]
    public void The_script_knows_the_same_drills()
    {
        var script = File.ReadAllText(Path.Combine(DrillSettings.Root(), "eng", "drill.sh"));

        Assert.Equal(Drill.All.Select(drill => drill.Name),
            Names().Match(script).Groups[1].Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(Drill.OfCluster.Select(drill => drill.Name),
            ClusterNames().Match(script).Groups[1].Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void An_unknown_drill_is_refused_with_an_error_that_lists_the_valid_names() =>
        Assert.Contains("term-lb, kill-lb, hang-lb", Assert.Throws<ArgumentException>(() => Drill.Named("kill-everything")).Message);

    [Theory]
    [InlineData("SCALEUP_DRILL", "kill-lb,nonsense", "nonsense")]
    [InlineData("SCALEUP_DRILL_RATE", "9", "10 to 2000")]
    [InlineData("SCALEUP_DRILL_MINUTES", "an hour", "1 to 1440")]
    [InlineData("SCALEUP_DRILL_SEED", "-1", "0 to")]
    public void An_invalid_setting_is_refused_with_an_error_that_names_the_valid_range(string name, string value, string expected) =>
        Assert.Contains(expected,
            Assert.Throws<ArgumentException>(() => DrillSettings.Read(variable => variable == name ? value : null)).Message);

    [Fact]
    public void Missing_settings_have_default_values()
    {
        var settings = DrillSettings.Read(_ => null);

        Assert.Equal((Drill.All, null, s_hour, 1), (settings.Names, settings.PerSecond, settings.Length, settings.Seed));
        Assert.StartsWith(Path.Combine(DrillSettings.Root(), "artifacts", "drills"), settings.Folder);
    }

    [Theory]
    [InlineData("12.5MiB / 23.4GiB", 12.5)]
    [InlineData("1.5GiB / 23.4GiB", 1536)]
    [InlineData("512KiB / 23.4GiB", 0.5)]
    [InlineData("1.048576MB / 25GB", 1)]
    [InlineData("1048576B / 25GB", 1)]
    public void Memory_is_parsed_in_all_units_of_the_container_engine(string usage, double mebibytes) =>
        Assert.Equal(mebibytes, FootprintReader.ReadMemory(usage), 6);

    [GeneratedRegex(@"^drills=\(([^)]*)\)", RegexOptions.Multiline)]
    private static partial Regex Names();

    [GeneratedRegex(@"^cluster_drills=\(([^)]*)\)", RegexOptions.Multiline)]
    private static partial Regex ClusterNames();
}
