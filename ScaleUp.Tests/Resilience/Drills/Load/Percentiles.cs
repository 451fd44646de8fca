namespace ScaleUp.Tests.Drills.Load;

/// <summary>
/// How long it took: of all requests, not of a histogram's classes, since a drill has few enough to keep them.
/// </summary>
/// <param name="P50">Half of them.</param>
/// <param name="P99">99 of 100.</param>
/// <param name="P999">999 of 1000.</param>
/// <param name="Max">All.</param>
internal sealed record Percentiles(TimeSpan P50, TimeSpan P99, TimeSpan P999, TimeSpan Max)
{
    /// <returns>Null if there is no value.</returns>
    public static Percentiles? Of(IEnumerable<TimeSpan> values)
    {
        TimeSpan[] sorted = [.. values.Order()];
        return sorted.Length == 0 ? null : new(NearestRank(500), NearestRank(990), NearestRank(999), sorted[^1]);

        // In thousandths, since 0.999 * 1000 may be a hair more than 999.
        TimeSpan NearestRank(long perMille) => sorted[(((sorted.Length * perMille) + 999) / 1000) - 1];
    }
}
