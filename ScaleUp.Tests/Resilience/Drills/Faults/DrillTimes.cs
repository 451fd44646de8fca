namespace ScaleUp.Tests.Drills.Faults;

/// <summary>The rate and the durations of a drill's load. <paramref name="Fault"/> does not apply to graceful restarts.</summary>
/// <param name="PerSecond">Requests per second.</param>
/// <param name="WarmUp">The duration of unmeasured load, because freshly started servers compile each page at its first request.</param>
/// <param name="Before">The duration of the load before the fault.</param>
/// <param name="Fault">The time from the fault until its repair.</param>
/// <param name="After">The duration of the load after recovery.</param>
internal sealed record DrillTimes(int PerSecond, TimeSpan WarmUp, TimeSpan Before, TimeSpan Fault, TimeSpan After)
{
    /// <summary>Whether the drill judges speed, and refusals, which also occur when the machine is overloaded.</summary>
    public bool JudgesSpeed { get; init; } = true;

    /// <summary>The settings of the figures in the README.</summary>
    public static DrillTimes Full { get; } = Seconds(200, 10, 15, 10, 15);

    /// <summary>
    /// The settings of builds, which also run on slow, busy machines and thus do not judge speed. Two cores were seen to be saturated by 60
    /// requests per second while all servers were cold, so that the drill measured the machine.
    /// </summary>
    public static DrillTimes Short { get; } = Seconds(20, 4, 2, 5, 5) with { JudgesSpeed = false };

    /// <summary>
    /// For the PostgreSQL cluster, which elects a primary within 30 s; the repair comes later. 80 requests per second leave processor time
    /// for three PostgreSQL servers on two cores.
    /// </summary>
    public static DrillTimes Cluster { get; } = Seconds(80, 10, 15, 40, 15);

    /// <summary>The same for every build: few requests, without limits of time.</summary>
    public static DrillTimes ShortCluster { get; } = Seconds(10, 2, 1, 30, 1) with { JudgesSpeed = false };

    private static DrillTimes Seconds(int perSecond, double warmUp, double before, double fault, double after) =>
        new(perSecond, TimeSpan.FromSeconds(warmUp), TimeSpan.FromSeconds(before), TimeSpan.FromSeconds(fault),
            TimeSpan.FromSeconds(after));
}
