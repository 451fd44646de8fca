using System.Net;
using System.Net.Http.Headers;
using System.ServiceModel.Syndication;
using System.Xml;
using System.Xml.Linq;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Website;

/// <summary>Canonical addresses and conditional requests.</summary>
[Collection(nameof(WebServers))]
public sealed class AddressTests(WebServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/sign-in")]
    [InlineData("/register")]
    public async Task Signing_in_returns_to_pages_with_non_ASCII_addresses(string page)
    {
        using var user = await servers.NewUserAsync();
        using var http = Open();
        using var visitor = new SiteVisitor(servers.A.Address);
        var name = $"u{Guid.NewGuid():n}"[..20];
        var form = (await visitor.GetAsync($"{page}?returnUrl=/tags/caf%C3%A9")).Form()
            .With(page == "/sign-in" ? [("UserName", user.Name), ("Password", SiteVisitor.Password)]
                : [("UserName", name), ("DisplayName", $"User {name}"), ("Password", SiteVisitor.Password)]);
        using var request = new HttpRequestMessage(HttpMethod.Post, form.Action) { Content = new FormUrlEncodedContent(form.Fields) };
        request.Headers.Add("Cookie", visitor.Cookies.GetCookieHeader(servers.A.Address));

        using var response = await http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.Found, response.StatusCode);
        Assert.Equal("/tags/caf%C3%A9", response.Headers.GetValues("Location").Single());
    }

    [Theory]
    [InlineData("/TAGS", "/tags")]
    [InlineData("/tags/", "/tags")]
    [InlineData("/index", "/")]
    [InlineData("/Index/?after=x", "/?after=x")]
    [InlineData("/Tags/CAF%C3%89", "/tags/caf%C3%A9")]
    [InlineData("/Authors/Ada.Brandt/", "/authors/Ada.Brandt")]
    [InlineData("/articles/State-Has-One-Home", "/articles/state-has-one-home")]
    [InlineData("/feed/", "/feed")]
    public async Task Alternative_spellings_of_an_address_redirect_to_the_canonical_one(string address, string location)
    {
        using var http = Open();
        using var response = await http.GetAsync(address, Cancellation);

        Assert.Equal(HttpStatusCode.MovedPermanently, response.StatusCode);
        Assert.Equal(location, response.Headers.GetValues("Location").Single());
    }

    [Fact]
    public async Task Search_engines_find_all_articles_with_their_canonical_addresses()
    {
        using var user = await servers.NewUserAsync();
        var address = await user.PublishAsync();
        using var visitor = servers.NewVisitor();

        Assert.Contains($"Sitemap: {new Uri(servers.A.Address, "sitemap.xml")}", (await visitor.GetAsync("/robots.txt")).Html);
        var sitemap = "";
        await Eventually.TrueAsync(
            async () => XDocument.Parse(sitemap = (await visitor.GetAsync("/sitemap.xml")).Html).Descendants()
                .Any(e => e.Name.LocalName == "loc" && e.Value == new Uri(servers.A.Address, address).ToString()),
            () => Task.FromResult(sitemap));
        Assert.Equal(new Uri(servers.A.Address, address).ToString(),
            (await visitor.GetAsync($"{address}?utm_source=x")).Document.QuerySelector("link[rel=canonical]")?.GetAttribute("href"));
        Assert.Null((await visitor.GetAsync("/nothing")).Document.QuerySelector("link[rel=canonical]"));
    }

    [Theory]
    [InlineData("/")]
    [InlineData("/tags")]
    [InlineData("/search?q=server")]
    [InlineData("/articles/state-has-one-home")]
    [InlineData("/authors/ada.brandt")]
    [InlineData("/feed")]
    [InlineData("/robots.txt")]
    [InlineData("/sitemap.xml")]
    [InlineData("/css/site.css")]
    public async Task Public_content_answers_HEAD_is_compressed_and_supports_conditional_requests(string address)
    {
        using var http = Open();
        http.DefaultRequestHeaders.AcceptEncoding.ParseAdd("gzip");
        using var whole = await http.GetAsync(address, Cancellation);
        using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, address), Cancellation);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.OK), (whole.StatusCode, head.StatusCode));
        Assert.Equal(["gzip"], whole.Content.Headers.ContentEncoding);
        Assert.Equal(whole.Content.Headers.ContentType, head.Content.Headers.ContentType);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(Cancellation));
        var tag = Assert.IsType<EntityTagHeaderValue>(whole.Headers.ETag);
        // The page from the cache, rendered again, and rendered by the other server.
        foreach (var server in new[] { servers.A, servers.A, servers.B })
        {
            HttpResponseMessage? answer = null;
            await Eventually.TrueAsync(
                async () =>
                {
                    // Writes by other tests may change the page.
                    using var current = await http.GetAsync(new Uri(server.Address, address), Cancellation);
                    using var again = new HttpRequestMessage(HttpMethod.Get, new Uri(server.Address, address));
                    again.Headers.IfNoneMatch.Add(current.Headers.ETag!);
                    answer = await http.SendAsync(again, Cancellation);
                    return answer.StatusCode == HttpStatusCode.NotModified;
                },
                () => Task.FromResult($"{answer?.StatusCode}, {tag}"));
        }
    }

    [Fact]
    public async Task Feed_entries_have_stable_ids_under_any_host_name_and_show_edits()
    {
        using var user = await servers.NewUserAsync();
        var title = $"Feed {Guid.NewGuid():n}";
        var address = await user.PublishAsync(title);
        using var visitor = servers.NewVisitor();
        using var other = new SiteVisitor(new UriBuilder(servers.A.Address) { Host = "localhost" }.Uri);
        SyndicationItem? first = null, second = null;
        await Eventually.TrueAsync(async () => (first = await FindAsync(visitor)) is not null &&
            (second = await FindAsync(other)) is not null, () => Task.FromResult("The article is not in the feed."));
        Assert.Equal(first!.Id, second!.Id);
        Assert.StartsWith("tag:", first.Id);

        // Timestamps in a feed have a precision of one second.
        await Task.Delay(TimeSpan.FromSeconds(1.1), Cancellation);
        await user.FillInAsync($"{address}/edit", "", ("Markdown", "Edited."));

        await Eventually.TrueAsync(async () => (await FindAsync(visitor))!.LastUpdatedTime > first.LastUpdatedTime,
            () => Task.FromResult("The feed does not show the edit."));

        async Task<SyndicationItem?> FindAsync(SiteVisitor reader)
        {
            using var xml = XmlReader.Create(new StringReader((await reader.GetAsync("/feed")).Html));
            return SyndicationFeed.Load(xml).Items.FirstOrDefault(item => item.Title.Text == title);
        }
    }

    [Theory]
    [InlineData("/css/site.css")]
    [InlineData("/js/site.js")]
    public async Task A_resumed_download_is_complete(string address)
    {
        using var http = Open();
        var whole = await http.GetByteArrayAsync(address, Cancellation);
        using var request = new HttpRequestMessage(HttpMethod.Get, address) { Headers = { Range = new RangeHeaderValue(100, 199) } };
        using var response = await http.SendAsync(request, Cancellation);

        var part = await response.Content.ReadAsByteArrayAsync(Cancellation);

        Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
        Assert.Equal(whole[100..200], part);
    }

    private HttpClient Open() =>
        new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = servers.A.Address };
}
