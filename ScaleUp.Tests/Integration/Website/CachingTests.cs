using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Time.Testing;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Web.Caching;

namespace ScaleUp.Tests.Website;

/// <summary>Pages are kept where nobody can notice, and nowhere else.</summary>
[Collection(nameof(WebServers))]
public sealed class CachingTests(WebServers servers)
{
    [Fact]
    public async Task A_page_for_everybody_is_made_once_for_many()
    {
        using var user = await servers.NewUserAsync();
        var address = await user.PublishAsync();
        using var visitor = servers.NewVisitor();
        var asked = 0;

        // Two requests each without the cache. Once more if the machine took longer for all of them than a page is kept.
        await Eventually.TrueAsync(
            async () =>
            {
                await visitor.GetAsync(address);
                var before = servers.A.Outage.Requests;
                await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => visitor.GetAsync($"{address}?utm_source={Guid.NewGuid():n}")));
                asked = servers.A.Outage.Requests - before;
                return asked <= 20;
            },
            () => Task.FromResult($"For fifty pages, the application servers were asked {asked} times."));
    }

    [Fact]
    public async Task Whoever_is_signed_in_sees_everything_as_it_is()
    {
        using var user = await servers.NewUserAsync();
        using var reader = await servers.NewUserAsync();
        using var readerElsewhere = new SiteVisitor(servers.B.Address, reader.Cookies);
        var address = await user.PublishAsync(markdown: "Old.");
        Assert.Contains("Old.", (await readerElsewhere.GetAsync(address)).Html);

        await user.FillInAsync($"{address}/edit", "", ("Markdown", "New."));

        Assert.Contains("New.", (await readerElsewhere.GetAsync(address)).Html);
    }

    [Fact]
    public async Task A_change_is_seen_at_once_where_it_was_made_and_soon_everywhere()
    {
        using var user = await servers.NewUserAsync();
        var address = await user.PublishAsync(markdown: "Old.");
        using var here = servers.NewVisitor();
        using var elsewhere = new SiteVisitor(servers.B.Address);
        Assert.Contains("Old.", (await here.GetAsync(address)).Html);
        // A write makes pages anew at once if it is the first one in the time that a page is kept. What was written before may be due only after that time.
        for (var i = 0; i < 2; i++)
        {
            await Task.Delay(AnonymousPageCachePolicy.Lifetime, TestContext.Current.CancellationToken);
            Assert.Contains("Old.", (await here.GetAsync(address)).Html);
            Assert.Contains("Old.", (await elsewhere.GetAsync(address)).Html);
        }

        await user.FillInAsync($"{address}/edit", "", ("Markdown", "New."));

        Assert.Contains("New.", (await here.GetAsync(address)).Html);
        SitePage? page = null;
        await Eventually.TrueAsync(
            async () =>
            {
                page = await elsewhere.GetAsync(address);
                // By the server's own account, which it gives of pages that it has kept.
                Assert.True(page.Response.Headers.Age.GetValueOrDefault() <= AnonymousPageCachePolicy.Lifetime, $"{page.Response.Headers.Age}");
                return page.Html.Contains("New.", StringComparison.Ordinal);
            },
            () => Task.FromResult(page!.Html));
    }

    [Fact]
    public void Pages_are_kept_also_while_much_is_written()
    {
        var clock = new FakeTimeProvider();
        var pages = new PageGeneration(clock);
        var seen = new List<string> { pages.Current };

        // A write each 10 ms, and each time somebody who looks.
        for (var i = 0; i < 1000; i++)
        {
            pages.Advance();
            seen.Add(pages.Current);
            clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        // The first one at once, and then once in two seconds.
        Assert.NotEqual(seen[0], seen[1]);
        Assert.Equal(1 + 5, seen.Distinct().Count());
        clock.Advance(AnonymousPageCachePolicy.Lifetime);
        Assert.NotEqual(seen[^1], pages.Current);
    }

    [Fact]
    public async Task A_kept_page_names_the_load_balancer_that_the_visitor_has_reached()
    {
        foreach (var loadBalancer in new[] { "lb-1", "lb-2", "lb-1" })
        {
            using var visitor = servers.NewVisitor();
            visitor.Http.DefaultRequestHeaders.Add("X-Forwarded-Server", loadBalancer);

            Assert.Equal([loadBalancer, "web-a"], (await visitor.GetAsync("/")).ServedBy.Take(2));
        }
    }

    [Theory]
    [InlineData("br, gzip", "br")]
    [InlineData("gzip", "gzip")]
    [InlineData("zstd", null)]
    public async Task Pages_are_sent_compressed_as_the_browser_likes_it(string accepted, string? sent)
    {
        using var http = new HttpClient { BaseAddress = servers.A.Address };
        http.DefaultRequestHeaders.AcceptEncoding.ParseAdd(accepted);

        // Once made, once kept.
        foreach (var _ in Enumerable.Range(0, 2))
        {
            using var response = await http.GetAsync("/", TestContext.Current.CancellationToken);

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(sent is null ? [] : [sent], response.Content.Headers.ContentEncoding);
            Assert.Contains("Accept-Encoding", response.Headers.Vary);
        }
    }

    [Fact]
    public async Task No_cookie_is_set_on_pages_for_everybody_and_nothing_of_a_visitors_own_is_kept_by_anybody()
    {
        using var visitor = servers.NewVisitor();
        foreach (var address in new[] { "/", "/tags", "/search?q=server", "/articles/state-has-one-home" })
        {
            Assert.False((await visitor.GetAsync(address)).Response.Headers.Contains("Set-Cookie"), address);
        }

        using var user = await servers.NewUserAsync();
        var own = (await user.GetAsync("/")).Response.Headers.CacheControl;
        Assert.True(own is CacheControlHeaderValue { NoStore: true }, own?.ToString());
    }
}
