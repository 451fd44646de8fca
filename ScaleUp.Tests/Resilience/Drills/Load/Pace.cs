namespace ScaleUp.Tests.Drills.Load;

/// <summary>Whether the load generator sustained its rate. If not, the drill is not valid.</summary>
/// <param name="Expected">Requests that were due.</param>
/// <param name="Sent">Requests that were sent.</param>
/// <param name="Lateness">The 99th percentile of the delay between due and sent.</param>
internal sealed record Pace(long Expected, long Sent, TimeSpan Lateness)
{
    /// <summary>
    /// The maximum lateness, above which the generator would distort the measurement: a tenth of the limit for a request while a server
    /// hangs (1.5 s).
    /// </summary>
    public static readonly TimeSpan MaxLateness = TimeSpan.FromMilliseconds(150);

    private const double MinShare = 0.99;

    public bool IsKept => Sent >= MinShare * Expected && Lateness <= MaxLateness;

    /// <param name="samples">All requests of a period.</param>
    /// <param name="perSecond">The intended rate.</param>
    /// <param name="length">The length of the period.</param>
    public static Pace Of(IReadOnlyList<Sample> samples, int perSecond, TimeSpan length) => new(
        (long)(perSecond * length.TotalSeconds), samples.Count,
        Percentiles.Of(samples.Select(sample => sample.Sent - sample.Scheduled))?.P99 ?? TimeSpan.Zero);
}
