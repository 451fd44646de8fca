using ScaleUp.Capacity;

namespace ScaleUp.Tests.Simulation;

/// <summary>A website whose figures are made up, and round, so that what follows from them can be reckoned in the head.</summary>
internal static class Example
{
    /// <summary>A page of one call costs each load balancer passage 0.1 ms, the web server 1 ms, the application server 1 ms, the database 0.5 ms.</summary>
    public static Costs Costs { get; } = new("a machine that does not exist", "2026-01-01", new(10, 10, 10, 10), new(20, 100, 100, 50),
    [
        Kind("static", new(0.1, 0.1, 0, 0), 0),
        Kind("cached", new(0.1, 0.2, 0, 0), 0),
        Kind("uncached", new(0.2, 1, 1, 0.5), 1),
        Kind("signed-in", new(0.3, 2, 2, 1), 2),
        Kind("write", new(0.3, 2, 4, 4), 2) with { LogBytes = 1000 },
    ]);

    /// <summary>Pages of one call only, of which each piece of work takes as long as the next.</summary>
    public static Setup Uncached { get; } = new() { Costs = Costs, Mix = [0, 0, 1, 0, 0], Variation = 0, Hop = 0, Rate = 400, Seconds = 30, Bound = 500 };

    private static RequestCost Kind(string kind, PerTier cpu, double calls) => new(kind, 100, cpu, calls, 500, 10_000, 4000 * calls, 0, 5, 10);
}
