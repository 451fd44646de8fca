using System.Diagnostics;
using System.Net;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Web.Caching;

namespace ScaleUp.Tests.Website;

/// <summary>While the application servers are away, the website says so, and shows what it can.</summary>
[Collection(nameof(WebServers))]
public sealed class OutageTests(OutageTests.Fixture fixture) : IClassFixture<OutageTests.Fixture>, IDisposable
{
    /// <summary>A web server of its own: for a second after an outage it still shows copies, which would be a surprise to other tests.</summary>
    public sealed class Fixture(WebServers servers) : IAsyncLifetime
    {
        internal WebServer Server { get; } = new("web-outage", [servers.Api]);

        public async ValueTask InitializeAsync() => await Server.WaitUntilReadyAsync();

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }

    // A hung tier is given up after the visitor's patience, not after that of the whole chain.
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(4);

    public static TheoryData<string> Kinds => ["Unavailable", "Unreachable", "Hanging"];

    public void Dispose() => fixture.Server.Outage.Kind = OutageKind.None;

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task What_was_read_before_can_be_read_on_and_is_marked(string kind)
    {
        using var user = await new SiteVisitor(fixture.Server.Address).RegisterAsync();
        var address = await user.PublishAsync(markdown: $"Read in an outage: {kind}.");
        using var visitor = new SiteVisitor(fixture.Server.Address);
        var page = await visitor.GetAsync($"{address}?comments={FreshCursor()}");
        Assert.False(page.Response.Headers.Contains("X-Stale"));

        fixture.Server.Outage.Kind = Enum.Parse<OutageKind>(kind);
        var since = Stopwatch.StartNew();
        // The kept page is 2 s old at most; what is under it lives longer.
        var copy = await EventuallyStaleAsync(visitor, page.Response.RequestMessage!.RequestUri!.PathAndQuery);

        Assert.Equal(HttpStatusCode.OK, copy.Status);
        Assert.Contains($"Read in an outage: {kind}.", copy.Html);
        Assert.Contains("Some of our servers do not answer. What you see is a copy of", copy.Notice);
        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(2) + s_limit);
        // The next one does not even wait.
        since.Restart();
        Assert.Contains("is a copy of", (await visitor.GetAsync(page.Response.RequestMessage!.RequestUri!.PathAndQuery)).Notice);
        Assert.InRange(since.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData("Unavailable")]
    [InlineData("Unreachable")]
    public async Task What_was_never_read_is_a_page_that_says_so(string kind)
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
    public async Task Somebody_who_is_signed_in_reads_on_too_and_is_not_signed_out()
    {
        using var user = await new SiteVisitor(fixture.Server.Address).RegisterAsync();
        var address = await user.PublishAsync();
        using var visitor = new SiteVisitor(fixture.Server.Address);
        await visitor.GetAsync(address);

        fixture.Server.Outage.Kind = OutageKind.Unavailable;
        var page = await user.GetAsync(address);

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Contains("is a copy of", page.Notice);
        Assert.Null(page.Document.QuerySelector("a[href^='/sign-in']"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await user.GetAsync("/writing")).Status);
        fixture.Server.Outage.Kind = OutageKind.None;
        Assert.True(await user.IsSignedInAsync());
    }

    [Fact]
    public async Task A_comment_is_kept_in_its_form_and_written_once_when_the_servers_are_back()
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
        Assert.Equal("Your comment is there.", page.Notice);
        Assert.Single(page.Document.QuerySelectorAll(".comment"));
    }

    [Fact]
    public async Task What_is_gone_is_not_shown_as_a_copy()
    {
        using var user = await new SiteVisitor(fixture.Server.Address).RegisterAsync();
        var address = await user.PublishAsync();
        using var visitor = new SiteVisitor(fixture.Server.Address);
        await visitor.GetAsync(address);
        await user.FillInAsync($"{address}/edit", "Delete");
        // The second write in a short time: the page that is kept may be shown for as long as pages are kept.
        await Task.Delay(AnonymousPages.Lifetime, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync(address)).Status);

        fixture.Server.Outage.Kind = OutageKind.Unavailable;

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await visitor.GetAsync(address)).Status);
    }

    [Fact]
    public async Task What_was_sent_off_is_stored_although_its_writer_does_not_wait_for_the_answer()
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
        // Until the server knows that its visitor has left.
        await Task.Delay(TimeSpan.FromMilliseconds(300), TestContext.Current.CancellationToken);
        fixture.Server.Outage.LetGo();

        await Eventually.TrueAsync(async () => (await user.GetAsync(address)).Html.Contains("Written in a hurry.", StringComparison.Ordinal), () => Task.FromResult("It was not stored."));
    }

    private static string FreshCursor() => new ScaleUp.Api.Paging.PageCursor(DateTimeOffset.UnixEpoch, Guid.NewGuid()).ToString();

    private static async Task<SitePage> EventuallyStaleAsync(SiteVisitor visitor, string address)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(15));
        var page = await visitor.GetAsync(address);
        while (!page.Response.Headers.Contains("X-Stale"))
        {
            await Task.Delay(50, limit.Token);
            page = await visitor.GetAsync(address);
        }

        return page;
    }
}
