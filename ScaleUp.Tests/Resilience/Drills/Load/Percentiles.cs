namespace ScaleUp.Tests.Drills.Load;

/// <summary>
/// Percentiles of latency, computed from all requests instead of histogram buckets, because a drill has few enough to keep them.
/// </summary>
/// <param name="P50">The median.</param>
/// <param name="P99">The 99th percentile.</param>
/// <param name="P999">The 99.9th percentile.</param>
/// <param name="Max">The maximum.</param>
internal sealed record Percentiles(TimeSpan P50, TimeSpan P99, TimeSpan P999, TimeSpan Max)
{
    /// <returns>Null without values.</returns>
    public static Percentiles? Of(IEnumerable<TimeSpan> values)
    {
        TimeSpan[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? null : new(NearestRank(500), NearestRank(990), NearestRank(999), sorted[^1]);

        // Calculates in thousandths, because 0.999 * 1000 may be slightly more than 999 in floating point.
        TimeSpan NearestRank(long perMille) => sorted[(((sorted.Length * perMille) + 999) / 1000) - 1];
    }
}
