namespace ScaleUp.Tests.Drills.Writes;

/// <summary>Compares the ledger with the content of the database.</summary>
/// <param name="Acknowledged">Writes that the website acknowledged.</param>
/// <param name="Unknown">Writes with an unknown outcome; each may be stored once or not at all.</param>
/// <param name="UnknownButThere">Writes with an unknown outcome that are stored.</param>
/// <param name="Lost">Acknowledged writes that are not stored.</param>
/// <param name="Doubled">Writes stored more than once, with any outcome.</param>
/// <param name="RefusedButThere">Refused writes that are stored nevertheless.</param>
/// <param name="NotInLedger">Markers of this run in the database without an entry in the ledger.</param>
internal sealed record LedgerComparison(
    int Acknowledged, int Unknown, int UnknownButThere, IReadOnlyList<LedgerEntry> Lost, IReadOnlyList<LedgerEntry> Doubled,
    IReadOnlyList<LedgerEntry> RefusedButThere, IReadOnlyList<string> NotInLedger)
{
    /// <param name="entries">The ledger; a resubmitted write has an entry for each attempt.</param>
    /// <param name="there">The number of occurrences of each marker in the database.</param>
    public static LedgerComparison Of(IReadOnlyList<LedgerEntry> entries, IReadOnlyDictionary<string, int> there)
    {
        // Of several attempts, the strongest outcome counts: acknowledged before unknown before refused.
        LedgerEntry[] writes = [.. entries.GroupBy(entry => entry.Marker).Select(times => times.MinBy(entry => entry.Outcome)!)];
        var markers = writes.Select(write => write.Marker).ToHashSet();
        return new(
            Of(WriteOutcome.Acknowledged).Count(),
            Of(WriteOutcome.Unknown).Count(),
            Of(WriteOutcome.Unknown).Count(write => Times(write) > 0),
            [.. Of(WriteOutcome.Acknowledged).Where(write => Times(write) == 0)],
            [.. writes.Where(write => Times(write) > 1)],
            [.. Of(WriteOutcome.Refused).Where(write => Times(write) > 0)],
            [.. there.Keys.Where(marker => !markers.Contains(marker)).Order(StringComparer.Ordinal)]);

        IEnumerable<LedgerEntry> Of(WriteOutcome outcome) => writes.Where(write => write.Outcome == outcome);

        int Times(LedgerEntry write) => there.GetValueOrDefault(write.Marker);
    }
}
