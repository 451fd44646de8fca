namespace ScaleUp.Tests.Drills.Writes;

/// <summary>What the ledger says, beside what the database has.</summary>
/// <param name="Acknowledged">Writes of which the website said that they are stored.</param>
/// <param name="Unknown">Writes of which nobody knew; each may be there once or not at all.</param>
/// <param name="UnknownButThere">Those of them that are there.</param>
/// <param name="Lost">Acknowledged, and not there.</param>
/// <param name="Doubled">There more than once, whatever its author was told.</param>
/// <param name="RefusedButThere">The website said that it refused, and stored nevertheless.</param>
/// <param name="NotInLedger">Markers of this run in the database that nobody wrote.</param>
internal sealed record LedgerComparison(
    int Acknowledged, int Unknown, int UnknownButThere, IReadOnlyList<LedgerEntry> Lost, IReadOnlyList<LedgerEntry> Doubled,
    IReadOnlyList<LedgerEntry> RefusedButThere, IReadOnlyList<string> NotInLedger)
{
    /// <param name="entries">The ledger; a write that was sent again by its author has an entry for each time.</param>
    /// <param name="there">How often the database has each marker.</param>
    public static LedgerComparison Of(IReadOnlyList<LedgerEntry> entries, IReadOnlyDictionary<string, int> there)
    {
        // Of several, the one that says most: acknowledged before unknown before refused.
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
