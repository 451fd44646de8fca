using ScaleUp.Capacity;

namespace ScaleUp.Tests.Simulation;

public sealed class SizingTests
{
    private static readonly Setup s_setup = Example.Uncached with { Rate = 5000, Seconds = 4, Bound = 50, Variation = 0.5 };

    [Fact]
    public void With_one_server_fewer_in_any_tier_the_bound_does_not_hold()
    {
        var found = new Sizing(s_setup, _ => { }).Find()!;

        Assert.True(Holds(found), $"{found}");
        Assert.All(
            (Servers[])[found with { Web = found.Web - 1 }, found with { Api = found.Api - 1 }, found with { DatabaseCores = found.DatabaseCores - 1 }],
            fewer => Assert.False(fewer.DatabaseCores > 0 && fewer.Web > 1 && fewer.Api > 1 && Holds(fewer), $"{found} is not the least: {fewer} will do."));
        // 5 cores of web, so 3 servers are the least that can do it, and one more.
        Assert.InRange(found.Web, 4, 6);
        Assert.Equal(2, found.LoadBalancers);

        static bool Holds(Servers servers) => Sizing.IsEnough(s_setup, Sizing.RunWithoutOne(s_setup, servers));
    }

    [Fact]
    public void A_bound_below_the_work_itself_is_said_to_be_impossible()
    {
        var said = new List<string>();

        Assert.Null(new Sizing(s_setup with { Bound = 1, Seconds = 1, Rate = 500 }, said.Add).Find());
        Assert.NotEmpty(said);
    }

    [Fact]
    public void The_arithmetic_can_be_followed_with_a_pencil()
    {
        using var text = new StringWriter();
        new Plan(Example.Uncached with { Rate = 10_000 }).Write(text);
        var lines = text.ToString().ReplaceLineEndings("\n");

        // 10,000 x 0.2 ms = 2 cores, of which 20 servers' checks (10 ms for 5) take 0.04 of 1.2: 2, and one to spare. 10,000 x 1 ms = 10
        // cores; a server gives 1.2, of which the checks of 3 load balancers (10 ms for 2) take 0.015: 9, and one to spare.
        Assert.Contains("= 0.200 ms; x 10,000 / 1000 = 2.00 cores / (2 x 0.60 - 0.0400 for health checks) + 1 -> 3 servers", lines);
        Assert.Contains("= 1.00 ms; x 10,000 / 1000 = 10.0 cores / (2 x 0.60 - 0.0150 for health checks) + 1 -> 10 servers", lines);
        // 10,000 x 0.5 ms = 5 cores, no writes; 32 x 0.6 are enough for that.
        Assert.Contains("writes 0 + reads 5.00 cores: one server does both", lines);
        Assert.Contains("10,000 /s x 10.0 s from click to click = 100,000 visitors; x 2.00 = 200,000 connections", lines);
        Assert.Contains("97 / 11 application servers (one more than run) = 8 for each", lines);
        Assert.Contains("10,000 x 10,000 B = 800 Mbit/s", lines);
    }

    [Fact]
    public void More_than_one_database_server_can_do_goes_to_copies_and_then_to_shards()
    {
        using var text = new StringWriter();
        new Plan(Example.Uncached with { Mix = [0, 0, 0.5, 0, 0.5], Rate = 50_000 }).Write(text);

        // Writes: 25,000 x 4 ms = 100 cores / 19.2; reads: 25,000 x 0.5 ms = 12.5 cores.
        Assert.Contains("writes 100 cores / 19.2 -> 6 shards that take writes; reads 12.5 cores / 19.2 + 1 for each shard -> 7 copies", text.ToString());
    }

    [Fact]
    public void Where_health_checks_take_all_that_servers_have_the_arithmetic_says_so()
    {
        using var text = new StringWriter();
        new Plan(Example.Uncached with { Rate = 10_000_000 }).Write(text);

        Assert.Contains("No number of servers will do", text.ToString());
        Assert.Null(new Sizing(Example.Uncached with { Rate = 10_000_000 }, _ => { }).Find());
    }

    [Fact]
    public void The_arithmetic_agrees_with_the_simulation_on_how_busy_the_tiers_are()
    {
        var setup = Example.Uncached with { Rate = 3000, Seconds = 20 };
        var servers = new Plan(setup).Servers!;

        var busy = Sizing.RunWithoutOne(setup, servers).Busy;

        Assert.InRange(busy.Web, 0, setup.Utilisation * 1.02);
        Assert.InRange(busy.Api, 0, setup.Utilisation * 1.02);
        Assert.InRange(busy.Database, 0, setup.Utilisation * 1.02);
    }
}
