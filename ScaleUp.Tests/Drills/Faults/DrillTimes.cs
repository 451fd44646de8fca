namespace ScaleUp.Tests.Drills.Faults;

/// <summary>How much load for how long. A restart in good order takes as long as it takes, not <paramref name="Fault"/>.</summary>
/// <param name="PerSecond">Requests in a second.</param>
/// <param name="WarmUp">Load that is not measured: servers that were just started compile each page at its first request.</param>
/// <param name="Before">Load on the whole system.</param>
/// <param name="Fault">From the fault until an operator does something about it.</param>
/// <param name="After">Load after everything is as before.</param>
internal sealed record DrillTimes(int PerSecond, TimeSpan WarmUp, TimeSpan Before, TimeSpan Fault, TimeSpan After)
{
    /// <summary>How long a server may take to start and come back into use.</summary>
    public TimeSpan FullStrength { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long a request may take (p99.9) while a server hangs.</summary>
    public TimeSpan Hang { get; init; } = TimeSpan.FromSeconds(1.5);

    /// <summary>What the figures in the README are measured with.</summary>
    public static DrillTimes Full { get; } = Seconds(200, 10, 15, 10, 15);

    /// <summary>
    /// For every build, also on slow machines that have other work too. Two cores were seen that were busy with 60 requests a second while
    /// all servers were cold, so that the drill measured the machine.
    /// </summary>
    public static DrillTimes Short { get; } = Seconds(20, 4, 2, 5, 5) with { FullStrength = TimeSpan.FromSeconds(15), Hang = TimeSpan.FromSeconds(2.5) };

    private static DrillTimes Seconds(int perSecond, double warmUp, double before, double fault, double after) =>
        new(perSecond, TimeSpan.FromSeconds(warmUp), TimeSpan.FromSeconds(before), TimeSpan.FromSeconds(fault), TimeSpan.FromSeconds(after));
}
