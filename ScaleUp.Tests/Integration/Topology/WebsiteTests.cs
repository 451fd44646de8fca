using System.Net;
using ScaleUp.Tests.Website;

namespace ScaleUp.Tests.Topology;

/// <summary>Writes to the website, through all tiers.</summary>
[Collection(nameof(AppHostFixture))]
public sealed class WebsiteTests(AppHostFixture topology)
{
    private const int Sends = 50;

    [Fact]
    public async Task Submitting_one_form_fifty_times_in_parallel_creates_one_article()
    {
        using var user = await new SiteVisitor(topology.Website).RegisterAsync();
        // Both visitors have the user's cookies; only their load balancers differ.
        using var other = new SiteVisitor(topology.WebsiteOf("lb-2"), CookiesFor(topology.WebsiteOf("lb-2"), user));
        using var one = new SiteVisitor(topology.WebsiteOf("lb-1"), CookiesFor(topology.WebsiteOf("lb-1"), user));
        var title = $"Fifty {Guid.NewGuid():n}";
        var form = (await user.GetAsync("/articles/new")).Form("Publish").With(("Title", title), ("Markdown", "Once."));

        var pages = await Task.WhenAll(Enumerable.Range(0, Sends).Select(i => SendUntilTakenAsync(i % 2 == 0 ? one : other, form)));

        Assert.All(pages, page => Assert.True(page.Status == HttpStatusCode.OK && page.Heading == title, $"{page.Status}: {page.Html}"));
        Assert.Single((await user.GetAsync("/writing")).Document.QuerySelectorAll("main strong"), e => e.TextContent == title);
    }

    [Fact]
    public async Task A_session_started_at_one_load_balancer_is_valid_at_the_other_and_ends_at_both()
    {
        using var user = await new SiteVisitor(topology.WebsiteOf("lb-1")).RegisterAsync();
        using var other = new SiteVisitor(topology.WebsiteOf("lb-2"), CookiesFor(topology.WebsiteOf("lb-2"), user));
        Assert.True(await other.IsSignedInAsync());

        await user.SendAsync((await user.GetAsync("/sign-out")).Form());

        for (var i = 0; i < 10; i++)
        {
            Assert.False(await other.IsSignedInAsync());
        }
    }

    [Fact]
    public async Task The_first_administrator_signs_in_with_the_parameters_password()
    {
        using var visitor = new SiteVisitor(topology.Website);

        await visitor.SignInAsync("admin", AppHostFixture.AdministratorPassword);

        Assert.Equal("Users", (await visitor.GetAsync("/admin/users")).Heading);
    }

    // A slow machine may reject some of fifty parallel requests with 503 or 504; those submit the same form again.
    private static async Task<SitePage> SendUntilTakenAsync(SiteVisitor visitor, SiteForm form)
    {
        var page = await visitor.SendAsync(form);
        for (var again = 0; again < 5 && page.Status is HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout; again++)
        {
            page = await visitor.SendAsync(form);
        }

        return page;
    }

    private static CookieContainer CookiesFor(Uri address, SiteVisitor visitor)
    {
        var cookies = new CookieContainer();
        foreach (Cookie cookie in visitor.Cookies.GetAllCookies())
        {
            cookies.Add(address, new Cookie(cookie.Name, cookie.Value));
        }

        return cookies;
    }
}
