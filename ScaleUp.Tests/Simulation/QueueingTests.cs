using ScaleUp.Capacity;

namespace ScaleUp.Tests.Simulation;

/// <summary>The simulation beside the theory, where there is one: https://en.wikipedia.org/wiki/M/M/c_queue.</summary>
public sealed class QueueingTests
{
    private const double ServiceSeconds = 0.01;

    [Theory]
    [InlineData(1, 0.5)]
    [InlineData(1, 0.8)]
    [InlineData(2, 0.6)]
    [InlineData(4, 0.7)]
    [InlineData(16, 0.85)]
    public void Waiting_for_a_core_takes_as_long_as_Erlang_says(int cores, double utilisation)
    {
        var rate = utilisation * cores / ServiceSeconds;
        var station = Serve(rate, cores, Exponential);

        var expected = ErlangC(cores, utilisation * cores) * ServiceSeconds / (cores * (1 - utilisation));
        var seen = station.WaitedSeconds / station.Begun;
        Assert.True(Math.Abs(seen - expected) < 0.04 * expected, $"M/M/{cores} at {utilisation:0%}: {seen * 1000:0.000} ms, not {expected * 1000:0.000} ms ({station.Begun} requests)");
    }

    [Fact]
    public void Waiting_for_equal_pieces_of_work_takes_half_as_long()
    {
        // Pollaczek and Khinchine: M/D/1 is half of M/M/1.
        var station = Serve(70, 1, (_, mean) => mean);

        var expected = 0.7 * ServiceSeconds / (2 * (1 - 0.7));
        Assert.Equal(expected, station.WaitedSeconds / station.Begun, 0.04 * expected);
    }

    [Fact]
    public void Who_came_first_is_served_first()
    {
        var timeline = new Timeline();
        var cores = new Cores(timeline, 1);
        var order = new List<int>();
        foreach (var number in Enumerable.Range(0, 5))
        {
            cores.Do(5 - number, () => order.Add(number));
        }

        timeline.RunUntil(100);

        Assert.Equal([0, 1, 2, 3, 4], order);
        Assert.Equal(15, cores.BusySeconds);
    }

    [Fact]
    public void A_tier_is_busy_for_the_rate_times_the_work_by_its_cores()
    {
        var setup = Example.Uncached with { Rate = 600, Seconds = 100, Servers = new(2, 2, 3, 2) };

        var busy = SimulatedWebsite.Run(setup).Busy;

        // Cores: 2 x 2, 2 x 2, 3 x 2, 2.
        Assert.Equal(600 * 0.0002 / 4, busy.LoadBalancer, 0.02 * 0.03);
        Assert.Equal(600 * 0.001 / 4, busy.Web, 0.02 * 0.15);
        Assert.Equal(600 * 0.001 / 6, busy.Api, 0.02 * 0.1);
        Assert.Equal(600 * 0.0005 / 2, busy.Database, 0.02 * 0.15);
    }

    [Fact]
    public void As_many_are_inside_as_come_in_the_time_that_one_stays()
    {
        var setup = Example.Uncached with { Rate = 1500, Variation = 1, Seconds = 60 };

        var result = SimulatedWebsite.Run(setup);

        // Little: L = lambda W, with what has come in fact.
        var expected = result.Count / setup.Seconds * result.MeanSeconds;
        Assert.Equal(expected, result.MeanInside, 0.01 * expected);
    }

    [Fact]
    public void A_request_that_nobody_is_in_the_way_of_takes_its_work_and_its_way()
    {
        var result = SimulatedWebsite.Run(Example.Uncached with { Rate = 1, Hop = 0.25, Seconds = 100 });

        // 0.2 + 1 + 1 + 0.5 of work, and three hops there and back.
        Assert.Equal(2.7 + 1.5, result.All.P50, 0.001);
    }

    // A tier of cores alone, for a million requests.
    private static Cores Serve(double rate, int cores, Func<Random, double, double> draw)
    {
        var (timeline, random) = (new Timeline(), new Random(1));
        var station = new Cores(timeline, cores);
        Arrive();
        timeline.RunUntil(1_000_000 / rate);
        return station;

        void Arrive() => timeline.In(Exponential(random, 1 / rate), () =>
        {
            station.Do(draw(random, ServiceSeconds), () => { });
            Arrive();
        });
    }

    private static double Exponential(Random random, double mean) => -mean * Math.Log(1 - random.NextDouble());

    /// <summary>The share of requests that have to wait.</summary>
    private static double ErlangC(int cores, double load)
    {
        // Erlang B by its recursion, which does not overflow.
        var blocked = 1.0;
        for (var i = 1; i <= cores; i++)
        {
            blocked = load * blocked / (i + (load * blocked));
        }

        return blocked / (1 - (load / cores * (1 - blocked)));
    }
}
