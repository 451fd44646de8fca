using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.Drills.Load;
using static ScaleUp.Tests.Drills.Report.Example;

namespace ScaleUp.Tests.Drills.Report;

public sealed class LimitsTests
{
    public static TheoryData<string> Drills { get; } = [.. Drill.All.Select(drill => drill.Name)];

    [Theory]
    [MemberData(nameof(Drills))]
    public void A_drill_without_failures_passes(string drill)
    {
        var result = Judge(Good(drill));

        Assert.True(result.Verdict == Verdict.Passed, ResultTable.Explain(result));
    }

    [Theory]
    [MemberData(nameof(Drills))]
    public void A_lost_or_doubled_write_fails_every_drill(string drill)
    {
        var good = Good(drill);

        Assert.Equal(["acknowledged writes lost"], NotMet(good with { Ledger = good.Ledger with { Lost = [Entry] } }));
        Assert.Equal(["writes doubled"], NotMet(good with { Ledger = good.Ledger with { Doubled = [Entry] } }));
        Assert.Equal(["writes refused but stored"], NotMet(good with { Ledger = good.Ledger with { RefusedButThere = [Entry] } }));
        Assert.Equal(["writes in the database without an entry in the ledger"],
            NotMet(good with { Ledger = good.Ledger with { NotInLedger = ["m"] } }));
        Assert.Equal(["acknowledged writes"], NotMet(good with { Ledger = good.Ledger with { Acknowledged = 0 } }));
    }

    [Theory]
    [MemberData(nameof(Drills))]
    public void A_fault_without_an_effect_fails_the_drill(string drill)
    {
        var good = Good(drill);

        Assert.Equal(["faults without an effect"], NotMet(good with { Incidents = [good.Incidents[0] with { HadEffect = false }] }));
    }

    [Theory]
    [InlineData("kill-lb", 0)]
    [InlineData("term-api", 0)]
    [InlineData("hang-web", 1)]
    [InlineData("rolling-restart", 0)]
    public void A_single_failed_request_fails_the_drill_of_a_server_even_if_it_is_a_503(string drill, int outcome)
    {
        var kind = outcome == 0 ? Outcome.Failed : Outcome.Unavailable;

        Assert.Equal(["failed reads"], NotMet(Good(drill).With(Sample(31, RequestKind.PersonalRead, kind))));
        Assert.Equal(["failed writes"], NotMet(Good(drill).With(Sample(31, RequestKind.Write, kind))));
        Assert.Empty(NotMet(Good(drill).With(Sample(31, RequestKind.Read, Outcome.Copy))));
    }

    [Fact]
    public void Requests_broken_by_port_forwarding_fall_short_and_all_other_failures_fail()
    {
        var good = Good("kill-lb");
        var ended = good with { Incidents = [good.Incidents[0] with { EndsLoadBalancer = true }] };

        var atOnce = Judge(ended.With(Broken(30.5)));
        Assert.Equal(Verdict.FallsShort, atOnce.Verdict);
        Assert.False(atOnce.IsBad);
        Assert.Contains("falls short: requests broken by Docker's port forwarding 1", ResultTable.Explain(atOnce),
            StringComparison.Ordinal);
        Assert.Equal(Verdict.FallsShort, Judge(ended.With(Broken(42.5))).Verdict);
        Assert.Equal(Verdict.Failed, Judge(ended.With(Broken(31.5))).Verdict);
        // A load balancer that took a moment to end extends that time.
        Assert.Equal(Verdict.FallsShort,
            Judge((ended with { Incidents = [ended.Incidents[0] with { Done = Seconds(30.6) }] }).With(Broken(31.5))).Verdict);
        Assert.Equal(Verdict.Failed, Judge(ended.With(Broken(43.5))).Verdict);
        // Port forwarding never produces a response, and breaks nothing unless a load balancer has ended.
        Assert.Equal(Verdict.Failed, Judge(ended.With(Sample(30.5, RequestKind.Read, Outcome.Failed))).Verdict);
        Assert.Equal(Verdict.Failed, Judge(good.With(Broken(30.5))).Verdict);
    }

    [Theory]
    [InlineData("hang-lb", "FallsShort")]
    [InlineData("hang-web", "Failed")]
    public void Waiting_visitors_of_a_hung_load_balancer_are_a_known_shortfall(string drill, string verdict)
    {
        var good = Good(drill);

        var result = Judge(good with
        {
            Samples = [.. good.Samples.Select(s => s.Scheduled == Seconds(31) ? s with { Ended = s.Ended + Seconds(9) } : s)],
        });

        Assert.Equal(verdict, result.Verdict.ToString());
        Assert.Equal(result.Verdict == Verdict.Failed, result.IsBad);
    }

    [Theory]
    [InlineData("hang-lb", 60, "FallsShort")]
    [InlineData("hang-lb", 67, "Failed")]
    [InlineData("hang-web", 1, "Failed")]
    [InlineData("kill-lb", 1, "Failed")]
    public void Refusals_of_a_resumed_load_balancer_are_a_known_and_bounded_shortfall(string drill, int refused, string verdict)
    {
        var spoiled = Judge(Good(drill)
            .With([.. Enumerable.Range(0, refused).Select(i => Sample(40 + (i / 100.0), RequestKind.Read, Outcome.Unavailable))]));

        Assert.Equal(verdict, spoiled.Verdict.ToString());
    }

    [Theory]
    [InlineData(8, 45.1, "Failed")]
    [InlineData(2, 44.9, "Passed")]
    [InlineData(2, 45.1, "FallsShort")]
    [InlineData(2, 59.9, "FallsShort")]
    [InlineData(2, 60.1, "Failed")]
    public void On_few_processors_a_start_may_take_longer_within_a_limit(int processors, double fullStrength, string verdict)
    {
        var good = Good("kill-api");

        var result = Judge(good with
        {
            Processors = processors,
            Incidents = [good.Incidents[0] with { FullStrength = Seconds(fullStrength) }],
        });

        Assert.Equal(verdict, result.Verdict.ToString());
    }

    private static Sample Broken(double second) =>
        Sample(second, RequestKind.Read, Outcome.Failed)
            with
        { Answer = new(RequestKind.Read, "/", Outcome.Failed, 0, "The connection was closed.") };

    [Theory]
    [MemberData(nameof(Drills))]
    public void A_short_drill_ignores_limits_that_a_slow_machine_alone_can_exceed(string drill)
    {
        var good = Good(drill);
        var slow = good with
        {
            Processors = 1,
            Pace = new Pace(600, 100, Seconds(5)),
            Incidents = [good.Incidents[0] with { FullStrength = Seconds(69) }],
            Samples = [.. good.Samples.Select(sample => sample with { Ended = sample.Ended + Seconds(10) })],
        };

        Assert.False(JudgeShort(slow).IsBroken, ResultTable.Explain(JudgeShort(slow)));
        Assert.False(JudgeShort(
            slow.With(Sample(31, RequestKind.Write, Outcome.Unavailable), Sample(50, RequestKind.Read, Outcome.Unavailable))).IsBroken);
    }

    [Theory]
    [MemberData(nameof(Drills))]
    public void A_short_drill_fails_for_faults_that_slowness_does_not_explain(string drill)
    {
        var good = Good(drill);
        DrillResult[] spoiled =
        [
            good with { Ledger = good.Ledger with { Lost = [Entry] } },
            good with { Ledger = good.Ledger with { Doubled = [Entry] } },
            good with { Ledger = good.Ledger with { RefusedButThere = [Entry] } },
            good with { Ledger = good.Ledger with { NotInLedger = ["m"] } },
            good with { Ledger = good.Ledger with { Acknowledged = 0 } },
            good with { Incidents = [good.Incidents[0] with { HadEffect = false }] },
            good with { Incidents = [good.Incidents[0] with { FullStrength = null }] },
            good with { Samples = [.. good.Samples.Where(sample => sample.Scheduled < Seconds(43))] },
            good.With(Sample(31, RequestKind.Read, Outcome.Failed)),
            good.With(Sample(31, RequestKind.Write, Outcome.Failed)),
        ];

        Assert.False(JudgeShort(good).IsBroken);
        Assert.All(spoiled, result => Assert.True(JudgeShort(result).IsBroken));
    }

    [Theory]
    [InlineData(1.49, true)]
    [InlineData(1.51, false)]
    public void Answers_while_a_server_hangs_take_less_than_one_and_a_half_seconds(double seconds, bool isMet)
    {
        var result = Good("hang-api")
            .With([.. Enumerable.Range(0, 5).Select(i => Sample(31 + i, RequestKind.Read, milliseconds: seconds * 1000))]);

        Assert.Equal(isMet, !NotMet(result).Contains("p99.9 while it hangs"));
        Assert.DoesNotContain("p99.9 while it hangs", Judge(Good("kill-api")).Checks.Select(check => check.What));
    }

    [Fact]
    public void Full_strength_must_be_reached_within_five_seconds()
    {
        var good = Good("kill-web");

        Assert.Equal(["full strength after"], NotMet(good with { Incidents = [good.Incidents[0] with { FullStrength = Seconds(45.1) }] }));
        Assert.Equal(["full strength after"], NotMet(good with { Incidents = [good.Incidents[0] with { FullStrength = null }] }));
        // Of several incidents, the longest counts.
        Assert.Equal(["full strength after"],
            NotMet(good with { Incidents = [good.Incidents[0] with { FullStrength = Seconds(46) }, good.Incidents[0]] }));
    }

    [Fact]
    public void Without_the_database_prompt_503_responses_are_allowed_and_copies_must_be_served()
    {
        var good = Good("hang-postgres");

        Assert.Empty(NotMet(
            good.With(Sample(31, RequestKind.Write, Outcome.Unavailable, 2900),
            Sample(31, RequestKind.PersonalRead, Outcome.Unavailable))));
        Assert.Equal(["failed reads of pages with copies"],
            NotMet(good.With(Sample(31, RequestKind.Read, Outcome.Unavailable))));
        Assert.Equal(["failures other than 503"], NotMet(good.With(Sample(31, RequestKind.Write, Outcome.Failed))));
        Assert.Equal(["slowest answer"], NotMet(good.With(Sample(31, RequestKind.Write, Outcome.Unavailable, 3100))));
    }

    [Fact]
    public void Service_must_be_normal_two_seconds_after_the_database_accepts_connections()
    {
        var good = Good("restart-postgres");

        Assert.Empty(NotMet(good.With(Sample(43.9, RequestKind.Write, Outcome.Unavailable))));
        Assert.Equal(["normal after the database accepts connections"],
            NotMet(good.With(Sample(44.1, RequestKind.Write, Outcome.Unavailable))));
        Assert.Contains("normal after the database accepts connections",
            NotMet(good with { Incidents = [good.Incidents[0] with { DatabaseBack = null }] }));
    }

    [Fact]
    public void A_drill_that_did_not_sustain_its_load_does_not_count()
    {
        var result = Judge(Good("kill-lb") with { Pace = new Pace(600, 500, TimeSpan.Zero) });

        Assert.Equal(Verdict.DoesNotCount, result.Verdict);
        Assert.Contains("500 of 600", ResultTable.Explain(result));
    }

    [Fact]
    public void A_long_run_tolerates_only_failures_that_the_loss_of_the_database_explains()
    {
        var good = Good("kill-postgres");
        var duringDatabase = good.With(
            Sample(31, RequestKind.Write, Outcome.Unavailable), Sample(43, RequestKind.PersonalRead, Outcome.Unavailable));

        Assert.DoesNotContain(Limits.ForLongRun(duringDatabase), check => !check.IsMet);
        foreach (var second in new[] { 20, 50 })
        {
            var otherwise = Limits.ForLongRun(good.With(Sample(second, RequestKind.Write, Outcome.Failed)));
            Assert.Equal(["failed writes while the database was available"],
                otherwise.Where(check => !check.IsMet).Select(check => check.What));
        }
    }

    [Theory]
    [InlineData(0, "Passed")]
    [InlineData(1, "FallsShort")]
    [InlineData(200, "FallsShort")]
    [InlineData(201, "Failed")]
    public void A_long_run_with_more_than_a_few_refusals_fails(int refused, string verdict)
    {
        var good = Good("kill-web");
        var samples = Enumerable.Range(0, 10_000)
            .Select(i => Sample(20 + (i / 1000.0), RequestKind.Read, i < refused ? Outcome.Unavailable : Outcome.Good));

        var result = good with { Samples = [.. samples] };

        Assert.Equal(verdict, (result with { Checks = Limits.ForLongRun(result) }).Verdict.ToString());
    }

    [Fact]
    public void A_long_run_in_which_a_server_grows_does_not_pass()
    {
        var good = Good("kill-postgres") with
        {
            Footprints = [new(Seconds(10), "web-1", 200, 30), new(Seconds(30), "web-1", 900, 900), new(Seconds(60), "web-1", 364, 80)],
        };

        // Neither fluctuation nor a single high last measurement counts as growth.
        Assert.DoesNotContain(Limits.ForLongRun(good), check => !check.IsMet);
        var grown = good with { Footprints = [.. good.Footprints, new(Seconds(61), "web-1", 365, 81)] };
        Assert.Equal(2, Limits.ForLongRun(grown).Count(check => !check.IsMet));
        Footprint[] steady = [
            .. Enumerable.Range(0, 12).Select(i => new Footprint(Seconds(i), "web-1", i is 0 ? 100 : i is 11 ? 900 : 300, 30))];
        Assert.DoesNotContain(Limits.ForLongRun(good with { Footprints = steady }), check => !check.IsMet);
        var drill = good with { Footprints = [.. grown.Footprints.Select(footprint => footprint with { Name = Footprint.OfDrill })] };
        Assert.DoesNotContain(Limits.ForLongRun(drill), check => !check.IsMet);
    }

    private static DrillResult Judge(DrillResult result) =>
        result with { Checks = Limits.For(Drill.Named(result.Name), result, DrillTimes.Full) };

    private static DrillResult JudgeShort(DrillResult result) =>
        result with { Checks = Limits.For(Drill.Named(result.Name), result, DrillTimes.Short) };

    private static IEnumerable<string> NotMet(DrillResult result) => Judge(result).Checks.Where(check => !check.IsMet)
        .Select(check => check.What);
}
