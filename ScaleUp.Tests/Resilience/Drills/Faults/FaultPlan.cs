namespace ScaleUp.Tests.Drills.Faults;

/// <summary>The accidents of a long run: one every so often, picked at random, the same ones for the same seed.</summary>
internal static class FaultPlan
{
    /// <param name="seed">Any number.</param>
    /// <param name="length">How long the run is. The last accident leaves time to get over it.</param>
    /// <param name="interval">The time between two accidents.</param>
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
