namespace ScaleUp.Capacity;

/// <summary>Percentiles by nearest rank: the least value that the given share of all values does not exceed.</summary>
internal static class NearestRank
{
    /// <summary>One of them.</summary>
    /// <param name="sorted">All values, in order; at least one.</param>
    /// <param name="perMille">The share, in thousandths: in whole numbers, since 0.999 * 1000 may be a hair more than 999.</param>
    public static T Of<T>(T[] sorted, long perMille) => sorted[(((sorted.Length * perMille) + 999) / 1000) - 1];
}
