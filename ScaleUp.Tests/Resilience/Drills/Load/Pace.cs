namespace ScaleUp.Tests.Drills.Load;

/// <summary>Whether the load generator did what it was to do. If not, the drill says nothing about the system.</summary>
/// <param name="Expected">Requests that were due.</param>
/// <param name="Sent">Requests that were sent.</param>
/// <param name="Lateness">99 of 100 requests were sent at most so long after they were due.</param>
internal sealed record Pace(long Expected, long Sent, TimeSpan Lateness)
{
    /// <summary>
    /// More than this, and the generator would be a part of what is measured: it is a tenth of what a request may take while
    /// a server hangs (1.5 s).
    /// </summary>
    public static readonly TimeSpan MaxLateness = TimeSpan.FromMilliseconds(150);

    private const double MinShare = 0.99;

    public bool IsKept => Sent >= MinShare * Expected && Lateness <= MaxLateness;

    /// <param name="samples">All requests of a stretch of time.</param>
    /// <param name="perSecond">The rate that they should have had.</param>
    /// <param name="length">How long the stretch was.</param>
    public static Pace Of(IReadOnlyList<Sample> samples, int perSecond, TimeSpan length) => new(
        (long)(perSecond * length.TotalSeconds), samples.Count, Percentiles.Of(samples.Select(sample => sample.Sent - sample.Scheduled))?.P99 ?? TimeSpan.Zero);
}
