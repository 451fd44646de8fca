namespace ScaleUp.Tests.Drills.Faults;

/// <summary>The faults of a long run, at regular intervals and in a random order that the seed determines.</summary>
internal static class FaultPlan
{
    /// <param name="seed">The seed of the random order.</param>
    /// <param name="length">The length of the run. The last fault leaves time for recovery.</param>
    /// <param name="interval">The time between two faults.</param>
    public static IReadOnlyList<(TimeSpan At, Fault Fault)> Make(int seed, TimeSpan length, TimeSpan interval)
    {
        var random = new Random(seed);
        var plan = new List<(TimeSpan, Fault)>();
        for (var at = interval; at + interval <= length; at += interval)
        {
            plan.Add((at, Drill.Accidents[random.Next(Drill.Accidents.Count)]));
        }

        return plan;
    }
}
