using ScaleUp.Tests.Drills.Load;
using ScaleUp.Tests.Drills.Visitors;
using ScaleUp.Tests.Website;

namespace ScaleUp.Tests.Drills.Writes;

/// <summary>A filled-in form. It keeps its idempotency key and text, so submitting it twice must store it once.</summary>
/// <param name="What">The description of the write for the ledger.</param>
/// <param name="Form">The form.</param>
/// <param name="Marker">The unique marker in its text.</param>
internal sealed record PendingWrite(string What, SiteForm Form, string Marker)
{
    /// <summary>Submits the form and records the outcome in the ledger.</summary>
    /// <returns>The outcome, and the target of the redirect.</returns>
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
