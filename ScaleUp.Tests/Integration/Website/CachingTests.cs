using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Time.Testing;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Web.Caching;

namespace ScaleUp.Tests.Website;

/// <summary>Public pages are cached briefly for anonymous visitors; everything else is always current.</summary>
[Collection(nameof(WebServers))]
public sealed class CachingTests(WebServers servers)
{
    [Fact]
    public async Task A_public_page_is_rendered_once_for_many_visitors()
    {
        using var user = await servers.NewUserAsync();
        var address = await user.PublishAsync();
        using var visitor = servers.NewVisitor();
        var requests = 0;

        // Without the cache, each page would take two requests. The test retries when the machine needs longer than a page's lifetime.
        await Eventually.TrueAsync(
            async () =>
            {
                await visitor.GetAsync(address);
                var before = servers.A.Outage.Requests;
                await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => visitor.GetAsync($"{address}?utm_source={Guid.NewGuid():n}")));
                requests = servers.A.Outage.Requests - before;
                return requests <= 20;
            },
            () => Task.FromResult($"Fifty pages caused {requests} requests to the API; the limit is 20."));
    }

    [Fact]
    public async Task Signed_in_users_never_see_cached_pages()
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
    public async Task A_change_is_visible_immediately_at_its_server_and_soon_at_all_servers()
    {
        using var user = await servers.NewUserAsync();
        var address = await user.PublishAsync(markdown: "Old.");
        using var here = servers.NewVisitor();
        using var elsewhere = new SiteVisitor(servers.B.Address);
        Assert.Contains("Old.", (await here.GetAsync(address)).Html);
        // Only the first write within a page's lifetime invalidates pages immediately, so wait until earlier writes have taken effect.
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
                // The server sends the Age header for cached pages.
                Assert.True(page.Response.Headers.Age.GetValueOrDefault() <= AnonymousPageCachePolicy.Lifetime,
                    $"{page.Response.Headers.Age}");
                return page.Html.Contains("New.", StringComparison.Ordinal);
            },
            () => Task.FromResult(page!.Html));
    }

    [Fact]
    public void Pages_are_cached_even_under_frequent_writes()
    {
        var clock = new FakeTimeProvider();
        var pages = new PageGeneration(clock);
        var seen = new List<string> { pages.Current };

        // One write and one read every 10 ms.
        for (var i = 0; i < 1000; i++)
        {
            pages.Advance();
            seen.Add(pages.Current);
            clock.Advance(TimeSpan.FromMilliseconds(10));
        }

        // The first write invalidates immediately, later ones at most every two seconds.
        Assert.NotEqual(seen[0], seen[1]);
        Assert.Equal(1 + 5, seen.Distinct().Count());
        clock.Advance(AnonymousPageCachePolicy.Lifetime);
        Assert.NotEqual(seen[^1], pages.Current);
    }

    [Fact]
    public async Task A_cached_page_names_the_load_balancer_of_the_current_request()
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
    public async Task Pages_are_compressed_with_an_encoding_that_the_browser_accepts(string accepted, string? sent)
    {
        using var http = new HttpClient { BaseAddress = servers.A.Address };
        http.DefaultRequestHeaders.AcceptEncoding.ParseAdd(accepted);

        // The first response is rendered, the second cached.
        foreach (var _ in Enumerable.Range(0, 2))
        {
            using var response = await http.GetAsync("/", TestContext.Current.CancellationToken);

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(sent is null ? [] : [sent], response.Content.Headers.ContentEncoding);
            Assert.Contains("Accept-Encoding", response.Headers.Vary);
        }
    }

    [Fact]
    public async Task Public_pages_set_no_cookies_and_personal_pages_are_not_stored()
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
