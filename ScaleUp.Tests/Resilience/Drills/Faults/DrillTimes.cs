namespace ScaleUp.Tests.Drills.Faults;

/// <summary>How much load for how long. A restart in good order takes as long as it takes, not <paramref name="Fault"/>.</summary>
/// <param name="PerSecond">Requests in a second.</param>
/// <param name="WarmUp">Load that is not measured: servers that were just started compile each page at its first request.</param>
/// <param name="Before">Load on the whole system.</param>
/// <param name="Fault">From the fault until an operator does something about it.</param>
/// <param name="After">Load after everything is as before.</param>
internal sealed record DrillTimes(int PerSecond, TimeSpan WarmUp, TimeSpan Before, TimeSpan Fault, TimeSpan After)
{
    /// <summary>Whether the drill judges how fast things happen, and refusals, which come if the servers have more to do than the machine can.</summary>
    public bool JudgesSpeed { get; init; } = true;

    /// <summary>What the figures in the README are measured with.</summary>
    public static DrillTimes Full { get; } = Seconds(200, 10, 15, 10, 15);

    /// <summary>
    /// For every build, also on slow machines that have other work too, and so without a judgement on speed. Two cores were seen that were busy
    /// with 60 requests a second while all servers were cold, so that the drill measured the machine.
    /// </summary>
    public static DrillTimes Short { get; } = Seconds(20, 4, 2, 5, 5) with { JudgesSpeed = false };

    private static DrillTimes Seconds(int perSecond, double warmUp, double before, double fault, double after) =>
        new(perSecond, TimeSpan.FromSeconds(warmUp), TimeSpan.FromSeconds(before), TimeSpan.FromSeconds(fault), TimeSpan.FromSeconds(after));
}
