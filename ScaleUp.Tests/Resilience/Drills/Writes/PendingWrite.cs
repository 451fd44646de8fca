using ScaleUp.Tests.Drills.Load;
using ScaleUp.Tests.Drills.Visitors;
using ScaleUp.Tests.Website;

namespace ScaleUp.Tests.Drills.Writes;

/// <summary>A form that was filled in. Sending it twice is to write once: it keeps its key and its text.</summary>
/// <param name="What">What is written, for the ledger.</param>
/// <param name="Form">The form.</param>
/// <param name="Marker">The word in its text that no other write has.</param>
internal sealed record PendingWrite(string What, SiteForm Form, string Marker)
{
    /// <summary>Sends it, and enters in the ledger what came of it.</summary>
    /// <returns>What came of it, and where the website sent the browser.</returns>
    public async Task<(WriteOutcome Outcome, string? Location, Answer Answer)> SendAsync(BrowserClient browser, Ledger ledger)
    {
        string? location = null;
        var outcome = WriteOutcome.Unknown;
        var answer = await Visit.AskAsync(RequestKind.Write, What, limit => browser.PostAsync(Form.Action, Form.Fields, limit), page =>
        {
            location = page["Location"];
            outcome = LedgerEntry.OutcomeOf(page.Status, location);
            return outcome == WriteOutcome.Acknowledged;
        });
        ledger.Enter(new LedgerEntry(DateTimeOffset.UtcNow, Marker, Form.Key, What, outcome, answer.Status));
        return (outcome, location, answer);
    }
}
