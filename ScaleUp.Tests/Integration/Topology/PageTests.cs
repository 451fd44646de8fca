using System.Net;
using System.Text.RegularExpressions;

namespace ScaleUp.Tests.Topology;

[Collection(nameof(AppHostFixture))]
public sealed partial class PageTests(AppHostFixture topology)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("lb-1")]
    [InlineData("lb-2")]
    public async Task The_front_page_is_served_through_each_load_balancer(string loadBalancer)
    {
        using var http = Browser.Open(topology.WebsiteOf(loadBalancer));

        var response = await http.GetAsync("/", Cancellation);
        var page = await response.Content.ReadAsStringAsync(Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        // The articles come from the database through an API server; a web server renders the page.
        Assert.Matches(Articles(), page);
        Assert.Matches($"^{loadBalancer}, web-[12]$", Assert.Single(response.Headers.GetValues("X-Served-By")));
        Assert.Matches($"^{loadBalancer} web-[12] lb-[12] api-[123]$",
            string.Join(' ', Servers().Matches(page).Select(m => m.Groups[1].Value)));
    }

    [Fact]
    public void The_two_load_balancers_listen_on_the_two_addresses_of_localhost()
    {
        Assert.Equal("127.0.0.1", topology.WebsiteOf("lb-1").Host);
        Assert.Equal("[::1]", topology.WebsiteOf("lb-2").Host);
        Assert.Equal(topology.WebsiteOf("lb-1").Port, topology.WebsiteOf("lb-2").Port);
    }

    [Fact]
    public async Task A_visitor_can_page_through_all_articles_and_read_each()
    {
        using var http = Browser.Open(topology.Website);
        var articles = new List<string>();
        for (string? address = "/"; address is not null;)
        {
            var page = await http.GetStringAsync(address, Cancellation);
            articles.AddRange(Articles().Matches(page).Select(m => m.Groups[1].Value));
            address = Next().Match(page) is { Success: true } next ? WebUtility.HtmlDecode(next.Groups[1].Value) : null;
        }

        // Other tests add articles of their own.
        Assert.Superset(SeedArticles.Slugs.Select(slug => $"/articles/{slug}").ToHashSet(), articles.ToHashSet());
        Assert.Distinct(articles);
        foreach (var article in SeedArticles.Slugs.Select(slug => $"/articles/{slug}"))
        {
            var page = await http.GetStringAsync(article, Cancellation);
            Assert.Contains("<h2", page); // The Markdown is rendered as HTML.
        }
    }

    [Fact]
    public async Task Static_files_have_a_fingerprint_and_are_cached_for_a_year()
    {
        using var http = Browser.Open(topology.Website);
        var page = await http.GetStringAsync("/", Cancellation);

        var response = await http.GetAsync(StyleSheet().Match(page).Groups[1].Value, Cancellation);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("text/css", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal(TimeSpan.FromDays(365), response.Headers.CacheControl?.MaxAge);
        Assert.Contains("immutable", response.Headers.CacheControl!.ToString());
    }

    [Theory]
    [InlineData("/articles/there-is-none")]
    [InlineData("/nothing")]
    [InlineData("/?after=no-cursor")]
    [InlineData("/articles/Not%20a%20slug")]
    [InlineData("/articles/..%2F..%2Fhealth")]
    public async Task An_unknown_address_is_a_404_in_the_layout_of_the_site(string path)
    {
        using var http = Browser.Open(topology.Website);

        var response = await http.GetAsync(path, Cancellation);

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
        Assert.Contains("Page not found", await response.Content.ReadAsStringAsync(Cancellation));
    }

    [Fact]
    public async Task Requests_are_distributed_over_all_web_and_api_servers()
    {
        using var http = Browser.Open(topology.Website);
        var seen = new HashSet<string>();
        for (var i = 0; i < 60; i++)
        {
            seen.UnionWith(Servers().Matches(await http.GetStringAsync(FreshPages.FrontPage(), Cancellation))
                .Select(m => m.Groups[1].Value));
        }

        Assert.Superset(new HashSet<string> { "web-1", "web-2", "api-1", "api-2", "api-3", "lb-1", "lb-2" }, seen);
    }

    [GeneratedRegex("<b>([^<]+)</b>")]
    private static partial Regex Servers();

    [GeneratedRegex("<h2><a href=\"([^\"]+)\"")]
    private static partial Regex Articles();

    [GeneratedRegex("rel=\"next\" href=\"([^\"]+)\"")]
    private static partial Regex Next();

    [GeneratedRegex("<link rel=\"stylesheet\" href=\"([^\"]+\\.[a-z0-9]{10}\\.css)\"")]
    private static partial Regex StyleSheet();
}
