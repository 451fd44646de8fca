using System.Net;
using Microsoft.Extensions.Logging;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.ServiceDefaults;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Caching;

namespace ScaleUp.Tests.Website;

/// <summary>During an outage of the API servers, the website serves stale copies or a clear error page.</summary>
[Collection(nameof(WebServers))]
public sealed class OutageTests(WebServers servers, OutageTests.Fixture fixture) : IClassFixture<OutageTests.Fixture>, IDisposable
{
    /// <summary>
    /// A separate web server, because it still serves stale copies for a second after an outage, which would disturb other tests.
    /// </summary>
    public sealed class Fixture : IAsyncLifetime
    {
        // The clock controls when the soft timeout of stale copies elapses.
        internal ManualClock Clock { get; } = new(StaleResponseCache.SoftTimeout);

        internal WebServer Server { get; }

        public Fixture(WebServers servers) => Server = new("web-outage", [servers.Api], clock: Clock);

        public async ValueTask InitializeAsync() => await Server.WaitUntilReadyAsync();

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }

    public static TheoryData<string> Kinds => ["Unavailable", "Unreachable", "Hanging"];

    public void Dispose() => fixture.Server.Outage.Kind = OutageKind.None;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Pages_read_before_an_outage_are_served_as_marked_copies(string kind)
    {
        using var user = await new SiteVisitor(fixture.Server.Address).RegisterAsync();
        var address = await user.PublishAsync(markdown: $"Read in an outage: {kind}.");
        using var visitor = new SiteVisitor(fixture.Server.Address);
        var page = await visitor.GetAsync($"{address}?comments={FreshCursor()}");
        Assert.False(page.Response.Headers.Contains("X-Stale"));

        fixture.Server.Outage.Kind = Enum.Parse<OutageKind>(kind);
        // The page cache expires after 2 s; the cached API responses behind it live longer.
        var read = page.Response.RequestMessage!.RequestUri!.PathAndQuery;
        var copy = await EventuallyStaleAsync(visitor, read);

        Assert.Equal(HttpStatusCode.OK, copy.Status);
        Assert.Contains($"Read in an outage: {kind}.", copy.Html);
        Assert.Contains("Some of our servers are not responding. This page is a copy from", copy.Notice);
        // For a while, further pages use the copy without a request to the API. The query makes each page bypass the page cache.
        fixture.Server.Outage.Kind = OutageKind.None;
        var before = fixture.Server.Outage.Requests;
        Assert.Contains("is a copy from", (await visitor.GetAsync($"{read}&q=1")).Notice);
        Assert.Equal(before, fixture.Server.Outage.Requests);
        fixture.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.False((await visitor.GetAsync($"{read}&q=2")).Response.Headers.Contains("X-Stale"));
    }

    [Fact]
    public async Task An_outage_of_the_API_servers_is_logged_as_a_warning_and_not_as_an_error()
    {
        using var visitor = new SiteVisitor(fixture.Server.Address);
        fixture.Server.Outage.Kind = OutageKind.Unavailable;
        fixture.Server.Log.Clear();

        var page = await visitor.GetAsync($"/tags/{Guid.NewGuid():n}");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
        // The server logs the failure after it has sent the response.
        await Eventually.TrueAsync(
            () => fixture.Server.Log.GetSnapshot()
            .Any(entry => entry.Level == LogLevel.Warning &&
            entry.Message.StartsWith("No application server responded: GET", StringComparison.Ordinal)),
            () => Task.FromResult(string.Join('\n', fixture.Server.Log.GetSnapshot().Select(entry => $"{entry.Level} {entry.Message}"))));
        Assert.DoesNotContain(fixture.Server.Log.GetSnapshot(), entry => entry.Level >= LogLevel.Error);
    }

    [Fact]
    public async Task API_servers_that_start_later_than_a_web_server_cause_no_warning()
    {
        await using var server = new WebServer("web-early", [servers.Api], OutageKind.UnavailableToVisitors);
        await server.WaitUntilReadyAsync();

        Assert.Contains(server.Log.GetSnapshot(),
            entry => entry.Message.StartsWith("No application server responded: GET", StringComparison.Ordinal));
        Assert.Empty(server.Log.GetSnapshot().Where(entry => entry.Level >= LogLevel.Warning)
            .Select(entry => $"{entry.Level} {entry.Message}"));
    }

    [Theory]
    [InlineData("Unavailable")]
    [InlineData("Unreachable")]
    public async Task Pages_never_read_before_get_an_error_page(string kind)
    {
        using var visitor = new SiteVisitor(fixture.Server.Address);
        fixture.Server.Outage.Kind = Enum.Parse<OutageKind>(kind);

        var page = await visitor.GetAsync($"/articles/never-read-{Guid.NewGuid():n}");

        Assert.Equal(HttpStatusCode.ServiceUnavailable, page.Status);
        Assert.Equal("2", page.Response.Headers.RetryAfter?.ToString());
        Assert.Equal("Not available right now", page.Heading);
        Assert.NotNull(page.Document.QuerySelector("header.masthead"));
        Assert.DoesNotContain("Exception", page.Html);
    }

    [Fact]
    public async Task Signed_in_users_get_copies_too_and_stay_signed_in()
    {
        using var user = await new SiteVisitor(fixture.Server.Address).RegisterAsync();
        var address = await user.PublishAsync();
        using var visitor = new SiteVisitor(fixture.Server.Address);
        await visitor.GetAsync(address);

        fixture.Server.Outage.Kind = OutageKind.Unavailable;
        var page = await user.GetAsync(address);

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("is a copy from", page.Notice);
        Assert.Null(page.Document.QuerySelector("a[href^='/sign-in']"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await user.GetAsync("/writing")).Status);
        fixture.Server.Outage.Kind = OutageKind.None;
        Assert.True(await user.IsSignedInAsync());
    }

    [Fact]
    public async Task A_comment_is_kept_in_its_form_and_stored_once_after_recovery()
    {
        using var user = await new SiteVisitor(fixture.Server.Address).RegisterAsync();
        var address = await user.PublishAsync();
        var form = (await user.GetAsync(address)).Form("Comment").With(("Markdown", "Typed in an outage."));

        fixture.Server.Outage.Kind = OutageKind.Unavailable;
        var failed = await user.SendAsync(form);
        fixture.Server.Outage.Kind = OutageKind.None;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, failed.Status);
        Assert.Equal(("Typed in an outage.", form.Key), (failed.Field("Markdown"), failed.Form("Comment").Key));
        var page = await user.SendAsync(failed.Form("Comment"));
        Assert.Equal("Comment posted.", page.Notice);
        Assert.Single(page.Document.QuerySelectorAll(".comment"));
    }

    [Fact]
    public async Task A_deleted_article_is_not_shown_as_a_copy()
    {
        using var user = await new SiteVisitor(fixture.Server.Address).RegisterAsync();
        var address = await user.PublishAsync();
        using var visitor = new SiteVisitor(fixture.Server.Address);
        await visitor.GetAsync(address);
        await user.FillInAsync($"{address}/edit", "Delete");
        // After a second write in a short time, the cached page may be served until it expires.
        await Task.Delay(AnonymousPageCachePolicy.Lifetime, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync(address)).Status);

        fixture.Server.Outage.Kind = OutageKind.Unavailable;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await visitor.GetAsync(address)).Status);
    }

    [Fact]
    public async Task A_submitted_comment_is_stored_even_if_its_author_disconnects()
    {
        using var user = await new SiteVisitor(fixture.Server.Address).RegisterAsync();
        var address = await user.PublishAsync();
        using var impatient = new SiteVisitor(fixture.Server.Address, user.Cookies);
        var form = (await impatient.GetAsync(address)).Form("Comment").With(("Markdown", "Written in a hurry."));
        fixture.Server.Outage.Kind = OutageKind.SlowWrites;

        var sending = impatient.SendAsync(form);
        await fixture.Server.Outage.SlowWriteArrived;
        impatient.Dispose();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => sending);
        await fixture.Server.Outage.VisitorLeft.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
        fixture.Server.Outage.LetGo();

        await Eventually.TrueAsync(
            async () => (await user.GetAsync(address)).Html.Contains("Written in a hurry.", StringComparison.Ordinal),
            () => Task.FromResult("The comment was not stored."));
    }

    private static string FreshCursor() => new ScaleUp.Api.Paging.PageCursor(DateTimeOffset.UnixEpoch, Guid.NewGuid()).ToString();

    // While requests hang, advances the clock by the soft timeout, after which a visitor gets a copy; an attempt may take twice as long.
    private async Task<SitePage> EventuallyStaleAsync(SiteVisitor visitor, string address)
    {
        SitePage? page = null;
        await Eventually.TrueAsync(
            async () =>
            {
                var before = fixture.Server.Outage.Requests;
                var getting = visitor.GetAsync(address);
                await Eventually.TrueAsync(() => getting.IsCompleted || fixture.Server.Outage.Requests > before,
                    () => Task.FromResult("The visitor received no response, and no request reached the API."));
                if (fixture.Server.Outage.Kind == OutageKind.Hanging && !getting.IsCompleted)
                {
                    fixture.Clock.Advance(StaleResponseCache.SoftTimeout);
                }

                return (page = await getting).Response.Headers.Contains("X-Stale");
            },
            () => Task.FromResult($"Expected a stale copy, received {page?.Status}."));
        return page!;
    }
}
