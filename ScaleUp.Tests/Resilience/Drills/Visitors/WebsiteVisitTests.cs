using ScaleUp.Tests.Drills.Load;
using ScaleUp.Tests.Drills.Writes;
using ScaleUp.Tests.Website;

namespace ScaleUp.Tests.Drills.Visitors;

/// <summary>
/// The visitors of drills match the real website: its links and forms, and its responses to stored and temporarily refused writes.
/// </summary>
[Collection(nameof(WebServers))]
public sealed class WebsiteVisitTests(WebServers servers) : IDisposable
{
    private readonly string _ledgerFile = Path.Combine(Path.GetTempPath(), $"scaleup-visit-{Guid.NewGuid():n}.jsonl");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task All_actions_of_visitors_succeed_and_their_writes_are_stored_once()
    {
        var marker = Marker.NewRun();
        using (var ledger = new Ledger(_ledgerFile))
        {
            using var audience = await Audience.GatherAsync(
                servers.A.Address, ledger, marker, seed: 1, visitors: 40, webServers: 1, Cancellation);
            for (var number = 0; number < 300; number++)
            {
                var answer = await audience.NextAsync(number);
                Assert.True(answer.Outcome == Outcome.Good, $"{number}: {answer}");
            }
        }

        var comparison = await CompareAsync(marker);
        Assert.Equal(30 + 8, comparison.Acknowledged);
        Assert.Empty(comparison.Lost);
        Assert.Empty(comparison.Doubled);
        Assert.Empty(comparison.NotInLedger);
    }

    [Theory]
    [InlineData(nameof(OutageKind.Unavailable))]
    [InlineData(nameof(OutageKind.AnswerLost))]
    public async Task Writes_during_an_outage_are_refused_with_503_and_stored_once_when_resubmitted(string outage)
    {
        var marker = Marker.NewRun();
        using (var ledger = new Ledger(_ledgerFile))
        {
            using var visitor = await SignedInVisitor.RegisterAsync(
                BrowserClient.Open(servers.A.Address, ipv6First: false), marker.Prefix, marker, ledger, Cancellation);
            servers.A.Outage.Kind = Enum.Parse<OutageKind>(outage);
            var refused = await visitor.WriteArticleAsync();
            servers.A.Outage.Kind = OutageKind.None;

            Assert.Equal((Outcome.Unavailable, 503), (refused.Outcome, refused.Status));
            Assert.Equal(Outcome.Good, (await visitor.CommentAsync("nobody-gets-this-one")).Outcome);
        }

        var entries = Ledger.Read(_ledgerFile);
        Assert.Equal([WriteOutcome.Acknowledged, WriteOutcome.Unknown, WriteOutcome.Acknowledged], entries.Select(entry => entry.Outcome));
        Assert.Equal(entries[1].Key, entries[2].Key);
        var comparison = await CompareAsync(marker);
        Assert.Equal(2, comparison.Acknowledged);
        Assert.Empty(comparison.Lost);
        Assert.Empty(comparison.Doubled);
    }

    public void Dispose()
    {
        servers.A.Outage.Kind = OutageKind.None;
        File.Delete(_ledgerFile);
    }

    private async Task<LedgerComparison> CompareAsync(Marker marker) => LedgerComparison.Of(
        Ledger.Read(_ledgerFile), await new DatabaseContent(() => Task.FromResult(servers.Database)).CountAsync(marker, Cancellation));
}
