using ScaleUp.Web.Operations;

namespace ScaleUp.Tests.Operations;

/// <summary>The merge of several load balancers' statistics has each server once.</summary>
public sealed class TopologyMergeTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 29, 1, 0, 0, TimeSpan.Zero);
    private static readonly ServerView[] s_database = [new("postgres", ServerState.Up) { Role = "primary", Requests = 40 }];

    [Fact]
    public void Counts_of_both_load_balancers_are_added_and_means_are_weighted_by_requests()
    {
        var view = Merge(
            Status("lb-1", Reading(0, Text().Server("web", "web-1", total: 100)),
                Reading(2, Text().Add("web", "web-1", ("status", "UP"), ("stot", 120), ("scur", 3), ("qcur", 1), ("rtime", 10),
                ("hrsp_5xx", 4), ("econ", 0), ("eresp", 0)))),
            Status("lb-2", Reading(0, Text().Server("web", "web-1", total: 0)),
                Reading(1, Text().Add("web", "web-1", ("status", "UP"), ("stot", 40), ("scur", 2), ("qcur", 0), ("rtime", 50),
                ("hrsp_5xx", 0), ("econ", 1), ("eresp", 1)))));

        var server = view.Find("web", "web-1")!;
        Assert.Equal((ServerState.Up, 50.0, 4.0, 5L, 1L, 20.0), (server.State, server.Requests, server.Errors, server.InFlight,
            server.Queue, server.Mean));
        Assert.Equal([10.0, 40.0], view.Flows.Where(flow => flow.To == "web-1").Select(flow => flow.Requests));
    }

    [Fact]
    public void The_first_statistics_use_the_load_balancers_own_rate()
    {
        var view = Merge(Status("lb-1", null, Reading(0, Text().Server("web", "web-1", total: 1_000_000))));

        Assert.Equal((3.0, null), (view.Find("web", "web-1")!.Requests, view.Find("web", "web-1")!.Errors));
        Assert.Null(view.Find("lb", "lb-1")!.Requests);
    }

    [Fact]
    public void A_counter_reset_does_not_cause_a_negative_rate()
    {
        var view = Merge(Status("lb-1", Reading(0, Text().Server("web", "web-1", total: 5000)),
            Reading(1, Text().Server("web", "web-1", total: 7))));

        Assert.Equal(7.0, view.Find("web", "web-1")!.Requests);
    }

    [Fact]
    public void Backends_for_large_bodies_and_fail_open_count_for_the_same_servers_and_event_streams_do_not()
    {
        var view = Merge(Status("lb-1", null, Reading(0, Text()
            .Server("web", "web-1", inFlight: 1).Server("web", "web-1-fail-open", "no check", inFlight: 2)
            .Server("web-large", "web-1", inFlight: 4).Server("web-streams", "web-1", inFlight: 100)
            .Server("api", "api-1", inFlight: 1).Server("api-fail-open", "api-1", "no check", inFlight: 8))));

        Assert.Equal(["web-1"], view.Tiers[1].Servers.Select(server => server.Name));
        Assert.Equal((7L, 9L), (view.Find("web", "web-1")!.InFlight, view.Find("api", "api-1")!.InFlight));
    }

    [Fact]
    public void A_server_that_one_load_balancer_reports_as_down_is_down_and_the_check_names_that_load_balancer()
    {
        var view = Merge(
            Status("lb-1", null, Reading(0, Text().Server("api", "api-1", changed: 900))),
            Status("lb-2", null, Reading(0, Text().Server("api", "api-1", "DOWN", changed: 5, check: "Layer4 connection problem"))));

        var server = view.Find("api", "api-1")!;
        Assert.Equal((ServerState.Down, s_now - TimeSpan.FromSeconds(5), "Layer4 connection problem (seen by lb-2 only)"),
            (server.State, server.Since, server.Check));
    }

    [Fact]
    public void A_lost_load_balancer_is_down_with_its_last_metrics_and_the_other_one_reports_the_servers()
    {
        var (before, gone) = (Reading(-2, Front(500)), Reading(-1, Front(530)));
        var view = Merge(
            new LoadBalancerStatus("lb-1", gone, before) { IsGone = true, Problem = "Connection refused", Since = s_now },
            Status("lb-2", Reading(-1, Text().Server("web", "web-1", total: 10)), Reading(0, Text().Server("web", "web-1", total: 12))));

        var loadBalancer = view.Find("lb", "lb-1")!;
        Assert.Equal((ServerState.Down, true, 30.0, "Connection refused", s_now), (loadBalancer.State, loadBalancer.IsStale,
            loadBalancer.Requests, loadBalancer.Check, loadBalancer.Since));
        Assert.Equal((ServerState.Up, 2.0), (view.Find("web", "web-1")!.State, view.Find("web", "web-1")!.Requests));
        Assert.DoesNotContain(view.Flows, flow => flow.From == "lb-1");
        Assert.Equal("lb-1 is down.", view.Verdict);

        static StatisticsText Front(long requests) => Text().Add("public-front", "FRONTEND", ("req_tot", requests), ("hrsp_5xx", 0))
            .Server("web", "web-1", total: 1000);
    }

    [Fact]
    public void Without_any_load_balancer_the_state_of_the_servers_is_unknown()
    {
        var view = Merge(
            new LoadBalancerStatus("lb-1", Reading(-9, Text().Server("web", "web-1", inFlight: 4)), null) { IsGone = true },
            new LoadBalancerStatus("lb-2", null, null) { IsGone = true, Problem = "No response" });

        var server = view.Find("web", "web-1")!;
        Assert.Equal((ServerState.Unknown, true, 4L, "No load balancer responds"), (server.State, server.IsStale, server.InFlight,
            server.Check));
        Assert.Equal("All load balancers are down. The state of web-1 is unknown.", view.Verdict);
        Assert.False(view.IsGood);
    }

    [Fact]
    public void Servers_found_by_DNS_are_identified_by_address_and_slots_may_be_empty()
    {
        var view = Merge(
            Status("lb-1", null, Reading(0, Text().Server("web", "web-1", inFlight: 1, address: "10.0.0.5:8080")
                .Server("web", "web-2", inFlight: 2, address: "10.0.0.6:8080").Server("web", "web-3", "MAINT (resolution)"))),
            Status("lb-2", null, Reading(0, Text().Server("web", "web-1", "MAINT (resolution)").Server("web", "web-2", inFlight: 10,
                address: "10.0.0.5:8080").Server("web", "web-3", inFlight: 20, address: "10.0.0.6:8080"))));

        Assert.Equal([("web-1", 11L), ("web-2", 22L), ("web-3", 0L)],
            view.Tiers[1].Servers.Select(server => (server.Name, server.InFlight!.Value)));
        Assert.Equal((ServerState.Down, "The name does not resolve"), (view.Find("web", "web-3")!.State, view.Find("web", "web-3")!.Check));
    }

    [Fact]
    public void Servers_behind_one_address_are_identified_by_slot()
    {
        var text = Text().Server("api", "api-1", inFlight: 1, address: "10.0.0.5:80").Server("api", "api-2", inFlight: 2,
            address: "10.0.0.5:80");

        Assert.Equal([("api-1", 2L), ("api-2", 4L)], Merge(Status("lb-1", null, Reading(0, text)), Status("lb-2", null, Reading(0, text)))
            .Tiers[2].Servers.Select(s => (s.Name, s.InFlight!.Value)));
    }

    [Fact]
    public void The_start_of_a_state_does_not_change_with_rounding()
    {
        var before = Merge(Status("lb-1", null, Reading(0, Text().Server("web", "web-1", changed: 60))));
        var after = TopologyMerge.Merge(s_now, "web-1", [Status("lb-1", null, Reading(1.4, Text().Server("web", "web-1", changed: 61)))],
            s_database, before);

        Assert.Equal(before.Find("web", "web-1")!.Since, after.Find("web", "web-1")!.Since);
    }

    [Theory]
    [InlineData("UP", ServerState.Down, "api-1 can't reach it")]
    [InlineData("DOWN", ServerState.Unknown, "No API server is in service")]
    public void The_database_is_down_only_if_an_API_server_in_service_reports_it(string status, ServerState state, string check)
    {
        ServerView[] database = [new("postgres", ServerState.Down) { Check = "api-1 can't reach it" }];

        var view = TopologyMerge.Merge(s_now, "web-1", [Status("lb-1", null, Reading(0, Text().Server("api", "api-1", status)))], database,
            null);

        Assert.Equal((state, check), (view.Find("database", "postgres")!.State, view.Find("database", "postgres")!.Check));
    }

    [Fact]
    public void The_verdict_lists_tiers_that_are_down_first_then_servers_that_are_down_then_draining_ones()
    {
        Assert.Equal("All servers are in service.", Verdict(("api-1", "UP"), ("api-2", "MAINT")));
        Assert.Equal("api-2 is down.", Verdict(("api-1", "UP"), ("api-2", "DOWN")));
        Assert.Equal("api-3 is down. api-1 and api-2 are draining.", Verdict(("api-1", "DRAIN"), ("api-2", "NOLB"), ("api-3", "DOWN"),
            ("api-4", "UP")));
        Assert.Equal("All API servers are down.", Verdict(("api-1", "DOWN"), ("api-2", "DOWN")));

        static string Verdict(params (string Name, string Status)[] servers) =>
            Merge(Status("lb-1", null,
                Reading(0, servers.Aggregate(Text(), (text, server) => text.Server("api", server.Name, server.Status))))).Verdict;
    }

    private static StatisticsText Text() => new();

    private static LoadBalancerReading Reading(double second, StatisticsText text) => new(s_now + TimeSpan.FromSeconds(second),
        text.Parse());

    private static LoadBalancerStatus Status(string name, LoadBalancerReading? before, LoadBalancerReading now) => new(name, now, before);

    private static OperationsView Merge(params LoadBalancerStatus[] loadBalancers) => TopologyMerge.Merge(s_now, "web-1", loadBalancers,
        s_database, null);
}
