namespace ScaleUp.Tests.Drills.Writes;

public sealed class LedgerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("scaleup-ledger-").FullName;

    [Fact]
    public void Entries_are_in_the_file_before_the_ledger_is_closed()
    {
        using var ledger = new Ledger(Path.Combine(_folder, "a", "ledger.jsonl"));
        LedgerEntry[] entries = [Entry("m1", WriteOutcome.Acknowledged), Entry("m2", WriteOutcome.Unknown)];

        foreach (var entry in entries)
        {
            ledger.Enter(entry);
        }

        Assert.Equal(entries, Ledger.Read(ledger.Path));
    }

    [Fact]
    public void An_existing_ledger_is_not_overwritten()
    {
        var path = Path.Combine(_folder, "ledger.jsonl");
        new Ledger(path).Dispose();

        Assert.Throws<IOException>(() => new Ledger(path));
    }

    [Fact]
    public void An_acknowledged_write_that_is_not_stored_is_lost()
    {
        var lost = Entry("m2", WriteOutcome.Acknowledged);

        var comparison = LedgerComparison.Of([Entry("m1", WriteOutcome.Acknowledged), lost], new Dictionary<string, int> { ["m1"] = 1 });

        Assert.Equal([lost], comparison.Lost);
        Assert.Empty(comparison.Doubled);
        Assert.Equal(2, comparison.Acknowledged);
    }

    [Theory]
    [InlineData(WriteOutcome.Acknowledged)]
    [InlineData(WriteOutcome.Unknown)]
    public void A_write_stored_more_than_once_is_doubled_with_any_outcome(object outcome)
    {
        var comparison = LedgerComparison.Of([Entry("m1", (WriteOutcome)outcome)], new Dictionary<string, int> { ["m1"] = 2 });

        Assert.Equal("m1", Assert.Single(comparison.Doubled).Marker);
        Assert.Empty(comparison.Lost);
    }

    [Fact]
    public void A_write_with_an_unknown_outcome_may_or_may_not_be_stored()
    {
        var comparison = LedgerComparison.Of(
            [Entry("m1", WriteOutcome.Unknown), Entry("m2", WriteOutcome.Unknown)], new Dictionary<string, int> { ["m1"] = 1 });

        Assert.Equal((2, 1), (comparison.Unknown, comparison.UnknownButThere));
        Assert.Empty(comparison.Lost);
        Assert.Empty(comparison.Doubled);
    }

    [Fact]
    public void A_refused_write_that_is_stored_is_reported()
    {
        var comparison = LedgerComparison.Of(
            [Entry("m1", WriteOutcome.Refused), Entry("m2", WriteOutcome.Refused)], new Dictionary<string, int> { ["m1"] = 1 });

        Assert.Equal("m1", Assert.Single(comparison.RefusedButThere).Marker);
    }

    [Fact]
    public void A_marker_without_an_entry_is_reported() =>
        Assert.Equal(["m1"], LedgerComparison.Of([], new Dictionary<string, int> { ["m1"] = 1 }).NotInLedger);

    [Fact]
    public void A_resubmitted_write_counts_once_with_its_strongest_outcome()
    {
        LedgerEntry[] entries = [Entry("m1", WriteOutcome.Unknown), Entry("m1", WriteOutcome.Acknowledged)];

        var stored = LedgerComparison.Of(entries, new Dictionary<string, int> { ["m1"] = 1 });
        var lost = LedgerComparison.Of(entries, new Dictionary<string, int>());

        Assert.Equal((1, 0), (stored.Acknowledged, stored.Unknown));
        Assert.Empty(stored.Lost);
        Assert.Single(lost.Lost);
    }

    [Theory]
    [InlineData(302, "/articles/one-host-is-not-enough#comments", WriteOutcome.Acknowledged)]
    [InlineData(302, "http://localhost:8080/articles/x/edit", WriteOutcome.Acknowledged)]
    [InlineData(302, "/sign-in?returnUrl=/articles/x", WriteOutcome.Refused)]
    [InlineData(302, "/articles/new", WriteOutcome.Refused)]
    [InlineData(302, null, WriteOutcome.Refused)]
    [InlineData(409, null, WriteOutcome.Refused)]
    [InlineData(429, null, WriteOutcome.Refused)]
    [InlineData(200, null, WriteOutcome.Unknown)]
    [InlineData(500, null, WriteOutcome.Unknown)]
    [InlineData(503, null, WriteOutcome.Unknown)]
    [InlineData(0, null, WriteOutcome.Unknown)]
    public void Only_a_redirect_to_the_written_article_is_an_acknowledgement(int status, string? location, object outcome) =>
        Assert.Equal((WriteOutcome)outcome, LedgerEntry.OutcomeOf(status, location));

    [Fact]
    public void All_occurrences_of_a_runs_markers_are_found_and_those_of_other_runs_ignored()
    {
        var (marker, other) = (Marker.NewRun(), Marker.NewRun());
        var (first, second) = (marker.Next(), marker.Next());

        Assert.Equal(first.Length, second.Length);
        Assert.Equal([first, second, first], marker.FindIn($"*{first}*, {other.Next()} and {second}.\n{first}"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static LedgerEntry Entry(string marker, WriteOutcome outcome) =>
        new(DateTimeOffset.UnixEpoch, marker, $"key-{marker}", "comment", outcome, 302);
}
