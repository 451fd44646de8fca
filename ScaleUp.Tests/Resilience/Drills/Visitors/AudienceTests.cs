using ScaleUp.Tests.Drills.Load;
using ScaleUp.Tests.Drills.Writes;

namespace ScaleUp.Tests.Drills.Visitors;

/// <summary>Load on a small website with known faults: the drill must detect these and no others.</summary>
public sealed class AudienceTests : IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("scaleup-audience-").FullName;
    private SmallWebsite _website = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _website = await SmallWebsite.StartAsync();

    [Fact]
    public async Task Without_faults_nothing_is_lost_and_every_tenth_request_writes()
    {
        var (answers, ledger) = await VisitAsync(600);

        Assert.All(answers, answer => Assert.True(answer.Outcome == Outcome.Good, answer.ToString()));
        Assert.Equal(60, answers.Count(answer => answer.Kind == RequestKind.Write));
        Assert.Empty(ledger.Lost);
        Assert.Empty(ledger.Doubled);
        Assert.Empty(ledger.NotInLedger);
        // The writes of the load, and one article of each of the eight users.
        Assert.Equal(60 + 8, ledger.Acknowledged);
    }

    [Fact]
    public async Task Visitors_open_every_kind_of_page_and_write_in_every_way()
    {
        var (answers, _) = await VisitAsync(1500);

        foreach (var beginning in new[] { "/?after=", "/articles/", "/tags/", "/authors/", "/search?q=", "/feed" })
        {
            Assert.Contains(answers, answer => answer.Kind == RequestKind.Read &&
                answer.Target.StartsWith(beginning, StringComparison.Ordinal));
            Assert.True(beginning == "/articles/" ||
                answers.Any(answer => answer.Kind == RequestKind.PersonalRead &&
                answer.Target.StartsWith(beginning, StringComparison.Ordinal)), beginning);
        }

        foreach (var what in new[] { "comment on", "article", "edit of" })
        {
            Assert.Contains(answers, answer => answer.Kind == RequestKind.Write &&
                answer.Target.StartsWith(what, StringComparison.Ordinal));
        }

        Assert.Contains(answers, answer => answer.Target.EndsWith("/edit", StringComparison.Ordinal));
        Assert.DoesNotContain(answers, answer => answer.Target is "/articles/new" or "comment on new" || answer.Target.Contains('#'));
    }

    [Fact]
    public async Task The_same_seed_gives_the_same_sequence_of_requests()
    {
        var (first, _) = await VisitAsync(100);
        var (second, _) = await VisitAsync(100);
        var (other, _) = await VisitAsync(100, seed: 2);

        // The slugs of written articles differ between runs.
        Assert.Equal(PathsOf(first), PathsOf(second));
        Assert.NotEqual(PathsOf(first), PathsOf(other));

        static IEnumerable<string> PathsOf(IEnumerable<Answer> answers) =>
            answers.Where(answer => answer.Kind == RequestKind.Read).Select(answer => answer.Target);
    }

    [Fact]
    public async Task A_website_that_loses_acknowledged_writes_is_detected()
    {
        _website.Forgets = number => number is 20 or 30;

        var (_, ledger) = await VisitAsync(300);

        Assert.Equal(2, ledger.Lost.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failed_form_is_resubmitted_and_a_website_that_ignores_its_key_is_detected(bool knowsKeys)
    {
        _website.KnowsKeys = knowsKeys;
        _website.DiesAfterwards = number => number is 30 or 40 or 50;

        var (answers, ledger) = await VisitAsync(600);

        Assert.Equal(3, answers.Count(answer => answer.Outcome == Outcome.Unavailable));
        Assert.Empty(ledger.Lost);
        Assert.Equal(knowsKeys, ledger.Doubled.Count == 0);
    }

    [Fact]
    public async Task Temporarily_refused_writes_count_neither_as_lost_nor_as_stored()
    {
        _website.IsAway = number => number is > 8 and <= 38;

        var (answers, ledger) = await VisitAsync(600);

        Assert.Equal(30, answers.Count(answer => answer.Outcome == Outcome.Unavailable));
        Assert.Empty(ledger.Lost);
        Assert.Empty(ledger.Doubled);
        Assert.Equal(0, ledger.UnknownButThere);
    }

    [Fact]
    public async Task Each_web_server_renders_each_page_before_the_measurement()
    {
        _website.ServerOf = number => number % 7 == 0 ? "web-2" : "web-1";
        using var ledger = new Ledger(Path.Combine(_folder, "servers.jsonl"));

        using var audience = await Audience.GatherAsync(
            _website.Address, ledger, Marker.NewRun(), seed: 1, visitors: 5, webServers: 2, Cancellation);

        var made = _website.Made;
        for (var number = 0; number < 200; number++)
        {
            var answer = await audience.NextAsync(number);
            Assert.True(answer.Kind != RequestKind.Read ||
                (made.Contains((answer.Target, "web-1")) && made.Contains((answer.Target, "web-2"))), answer.ToString());
        }
    }

    [Fact]
    public async Task A_web_server_that_does_not_respond_before_a_drill_is_reported()
    {
        using var ledger = new Ledger(Path.Combine(_folder, "missing.jsonl"));

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => Audience.GatherAsync(_website.Address, ledger, Marker.NewRun(), seed: 1, visitors: 5, webServers: 2, Cancellation));

        Assert.Contains("Only 1 of 2 web servers have answered /", exception.Message);
    }

    [Fact]
    public async Task A_website_without_articles_is_refused()
    {
        var exception = await Assert.ThrowsAsync<InvalidOperationException>(() =>
            Sights.FindAsync(_ => Task.FromResult(new HttpPage(200, [], [.. "<p>Nothing here"u8]))));

        Assert.Contains("no articles", exception.Message);
    }

    public async ValueTask DisposeAsync()
    {
        await (_website?.DisposeAsync() ?? ValueTask.CompletedTask);
        Directory.Delete(_folder, recursive: true);
    }

    // Sequential, so that the request numbers are deterministic.
    private async Task<(IReadOnlyList<Answer> Answers, LedgerComparison Ledger)> VisitAsync(int requests, int seed = 1)
    {
        var marker = Marker.NewRun();
        using var ledger = new Ledger(Path.Combine(_folder, $"{Guid.NewGuid():n}.jsonl"));
        using var audience = await Audience.GatherAsync(_website.Address, ledger, marker, seed, visitors: 40, webServers: 1, Cancellation);
        var answers = new List<Answer>();
        for (var number = 0; number < requests; number++)
        {
            answers.Add(await audience.NextAsync(number));
        }

        return (answers, LedgerComparison.Of(Ledger.Read(ledger.Path), _website.Count(marker)));
    }
}
