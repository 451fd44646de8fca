using ScaleUp.Capacity;

namespace ScaleUp.Tests.Simulation;

/// <summary>What the loss of a server does to visitors, as it is promised and as the drills have seen it.</summary>
public sealed class FailureTests
{
    private static readonly Setup s_usual = Example.Uncached with { Servers = new(2, 2, 3, 2) };

    [Theory]
    [InlineData("web")]
    [InlineData("api")]
    [InlineData("lb")]
    public void Nobody_notices_that_a_server_is_killed(string tier)
    {
        var result = SimulatedWebsite.Run(s_usual with { Fault = new(tier, Loss.Kill, 10, 10) });

        Assert.All(result.Stretches, stretch => Assert.Equal((0, 0), (stretch.Failed, stretch.Late)));
        // What they had at that moment was sent again: by browsers, if it was a load balancer.
        Assert.True(tier == "lb" ? result.SentAgain is >= 0 and < 20 : result.SentAgain == 0, $"{result.SentAgain} sent again");
    }

    [Theory]
    [InlineData("web", 1300, 16)]
    [InlineData("api", 1000, 16)]
    public void A_server_that_hangs_makes_as_many_requests_late_as_it_has_places(string tier, double attempt, int places)
    {
        var result = SimulatedWebsite.Run(s_usual with { Fault = new(tier, Loss.Hang, 10, 10) });

        var (before, during, after) = (result.Stretches[0], result.Stretches[1], result.Stretches[2]);
        Assert.All(result.Stretches, stretch => Assert.Equal(0, stretch.Failed));
        Assert.Equal(0, after.Late);
        // In 1.25 s they are taken once, the first of them by who came just before; at an application server, where an attempt ends
        // before the hang is found out, a second time.
        Assert.InRange(before.Late + during.Late, places, 2 * places);
        Assert.InRange(during.P999, attempt, attempt + 300);
    }

    [Fact]
    public void Fewer_places_make_fewer_late()
    {
        var fault = new Fault("web", Loss.Hang, 10, 10);

        var (few, many) = (SimulatedWebsite.Run(s_usual with { Fault = fault, RequestsPerServer = 4 }), SimulatedWebsite.Run(s_usual with { Fault = fault, RequestsPerServer = 32 }));

        Assert.True(few.Stretches[1].Late < many.Stretches[1].Late / 4, $"{few.Stretches[1].Late} and {many.Stretches[1].Late}");
    }

    [Fact]
    public void More_than_the_servers_can_do_is_refused_and_what_is_answered_has_not_waited_long()
    {
        // The database can do 4,000 in a second, and the web servers 4,000.
        var result = SimulatedWebsite.Run(s_usual with { Rate = 8000, Seconds = 10 }).All;

        Assert.InRange(result.Requests - result.Failed, 0.9 * 4000 * 9, 1.02 * 4000 * 9);
        Assert.True(result.P999 < 10_000, $"p99.9 {result.P999} ms");
    }

    [Fact]
    public void The_same_seed_is_the_same_run_and_another_is_not()
    {
        var setup = s_usual with { Variation = 1, Fault = new("api", Loss.Hang, 10, 10) };

        Assert.Equal(Text(setup), Text(setup));
        Assert.NotEqual(Text(setup), Text(setup with { Seed = 2 }));

        static string Text(Setup setup)
        {
            using var text = new StringWriter();
            SimulatedWebsite.Run(setup).Write(text);
            return text.ToString();
        }
    }

    [Fact]
    public void All_load_balancers_away_is_nobody_there()
    {
        var result = SimulatedWebsite.Run(s_usual with { Servers = new(1, 2, 3, 2), Fault = new("lb", Loss.Kill, 10, 10) });

        Assert.Equal(result.Stretches[1].Requests, result.Stretches[1].Failed);
        Assert.Equal(0, result.Stretches[2].Failed);
    }
}
