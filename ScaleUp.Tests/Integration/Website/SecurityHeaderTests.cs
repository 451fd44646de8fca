using System.ServiceModel.Syndication;
using System.Xml;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Website;

/// <summary>Security headers, and pages and feeds that comply with them.</summary>
[Collection(nameof(WebServers))]
public sealed class SecurityHeaderTests(WebServers servers)
{
    [Theory]
    [InlineData("/")]
    [InlineData("/sign-in")]
    [InlineData("/nothing")]
    [InlineData("/search?q=%00")]
    [InlineData("/favicon.svg")]
    [InlineData("/feed")]
    public async Task Every_response_has_security_headers(string address)
    {
        using var visitor = servers.NewVisitor();

        var headers = (await visitor.GetAsync(address)).Response.Headers;

        var policy = headers.GetValues("Content-Security-Policy").Single();
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy);
        Assert.Contains("frame-ancestors 'none'", policy);
        Assert.DoesNotContain("unsafe", policy);
        Assert.Equal("nosniff", headers.GetValues("X-Content-Type-Options").Single());
        Assert.Equal("same-origin", headers.GetValues("Referrer-Policy").Single());
    }

    [Fact]
    public async Task Pages_comply_with_the_content_security_policy()
    {
        using var user = await servers.NewUserAsync();
        var address = await user.PublishAsync();
        string[] pages = [address, $"{address}/edit", "/articles/new", "/account", "/account/sessions", "/search?q=server", "/tags"];
        foreach (var page in pages)
        {
            var document = (await user.GetAsync(page)).Document;
            Assert.Empty(document.QuerySelectorAll("[style], style, script:not([src]), link[href^='http']:not([rel=canonical])"));
        }
    }

    [Fact]
    public async Task The_feed_has_the_newest_articles_and_stays_well_formed_with_any_content()
    {
        using var user = await servers.NewUserAsync();
        var id = $"{Guid.NewGuid():n}";
        var title = $"Feed \uFFFF <&> {id}";
        var address = await user.PublishAsync(title, tags: "feeds");
        using var visitor = servers.NewVisitor();

        // Other tests write too, so an older feed may be served from the cache until it expires.
        var page = await visitor.GetAsync("/feed");
        await Eventually.TrueAsync(
            async () => (page = await visitor.GetAsync("/feed")).Html.Contains(id, StringComparison.Ordinal),
            () => Task.FromResult(page.Html));

        Assert.Equal("application/atom+xml", page.Response.Content.Headers.ContentType?.MediaType);
        using var reader = XmlReader.Create(new StringReader(page.Html));
        var entry = SyndicationFeed.Load(reader).Items.First();
        Assert.Equal(title.Replace('\uFFFF', '\uFFFD'), entry.Title.Text);
        Assert.Equal(new Uri(servers.A.Address, address), entry.Links.Single().Uri);
        Assert.Equal(["feeds"], entry.Categories.Select(c => c.Name));
    }
}
