using System.Net;

namespace ScaleUp.Tests.Website;

/// <summary>A session is valid at every web server and ends at all of them.</summary>
[Collection(nameof(WebServers))]
public sealed class SessionTests(WebServers servers)
{
    [Fact]
    public async Task A_revoked_session_ends_at_every_server_with_the_next_request()
    {
        using var user = await servers.NewUserAsync();
        using var other = servers.NewVisitor();
        await other.SignInAsync(user.Name);
        using var otherElsewhere = new SiteVisitor(servers.B.Address, other.Cookies);
        Assert.True(await other.IsSignedInAsync() && await otherElsewhere.IsSignedInAsync());
        var sessions = await user.GetAsync("/account/sessions");
        Assert.Equal(2, sessions.Document.QuerySelectorAll("main li").Length);
        var otherSession = sessions.Document.QuerySelectorAll("main li")
            .Single(li => !li.TextContent.Contains("current session", StringComparison.Ordinal))
            .QuerySelector("[name=Id]")!.GetAttribute("value")!;

        var ended = await user.SendAsync(sessions.Form("Revoke").With(("Id", otherSession)));

        Assert.Equal("The session was signed out.", ended.Notice);
        Assert.False(await otherElsewhere.IsSignedInAsync() || await other.IsSignedInAsync());
        Assert.Equal("Sign in", (await other.GetAsync("/writing")).Heading);
        Assert.True(await user.IsSignedInAsync());
    }

    [Fact]
    public async Task Signing_out_ends_the_session_and_not_only_the_cookie()
    {
        using var user = await servers.NewUserAsync();
        var cookies = new CookieContainer();
        cookies.Add(user.Cookies.GetCookies(servers.A.Address));
        using var thief = new SiteVisitor(servers.B.Address, cookies);
        Assert.True(await thief.IsSignedInAsync());

        var page = await user.SendAsync((await user.GetAsync("/sign-out")).Form());

        Assert.Equal("You are signed out.", page.Notice);
        Assert.False(await user.IsSignedInAsync());
        Assert.False(await thief.IsSignedInAsync());
    }

    [Theory]
    [InlineData("https://example.org/")]
    [InlineData("//example.org/")]
    [InlineData("/\\example.org")]
    public async Task Signing_in_never_redirects_to_another_site(string returnUrl)
    {
        using var user = await servers.NewUserAsync();
        using var visitor = servers.NewVisitor();

        var page = await visitor.FillInAsync(
            $"/sign-in?returnUrl={Uri.EscapeDataString(returnUrl)}", "", ("UserName", user.Name), ("Password", SiteVisitor.Password));

        Assert.Equal(new Uri(servers.A.Address, "/"), page.Response.RequestMessage?.RequestUri);
    }

    [Fact]
    public async Task Signing_in_returns_to_the_requested_page()
    {
        using var user = await servers.NewUserAsync();
        using var visitor = servers.NewVisitor();

        var page = await visitor.GetAsync("/account");
        Assert.Equal("Sign in", page.Heading);
        page = await visitor.SendAsync(page.Form().With(("UserName", user.Name), ("Password", SiteVisitor.Password)));

        Assert.Equal("Account", page.Heading);
    }

    [Fact]
    public async Task Signing_in_again_ends_the_previous_session()
    {
        using var user = await servers.NewUserAsync();
        var cookies = new CookieContainer();
        cookies.Add(user.Cookies.GetCookies(servers.A.Address));
        using var former = new SiteVisitor(servers.B.Address, cookies);
        Assert.True(await former.IsSignedInAsync());

        var wrong = await user.SignInAsync(user.Name, "not the password");
        Assert.Contains("The user name or the password is wrong.", wrong.Notice);
        Assert.True(await user.IsSignedInAsync());
        await user.SignInAsync(user.Name);

        Assert.True(await user.IsSignedInAsync());
        Assert.False(await former.IsSignedInAsync());
        Assert.Single((await user.GetAsync("/account/sessions")).Document.QuerySelectorAll("main li"));
    }

    [Theory]
    [InlineData("/account")]
    [InlineData("/account/sessions")]
    public async Task All_other_sessions_end_with_one_button(string address)
    {
        using var user = await servers.NewUserAsync();
        using var other = servers.NewVisitor();
        await other.SignInAsync(user.Name);

        var page = await user.FillInAsync(address, "EndOthers");

        Assert.Equal("All your other sessions were signed out.", page.Notice);
        Assert.False(await other.IsSignedInAsync());
        Assert.True(await user.IsSignedInAsync());
    }

    [Fact]
    public async Task Changing_the_password_ends_all_other_sessions()
    {
        using var user = await servers.NewUserAsync();
        using var other = servers.NewVisitor();
        await other.SignInAsync(user.Name);

        var wrong = await user.FillInAsync(
            "/account", "Password", ("CurrentPassword", "not the password"), ("NewPassword", "another long password"));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.Status);
        var page = await user.FillInAsync(
            "/account", "Password", ("CurrentPassword", SiteVisitor.Password), ("NewPassword", "another long password"));

        Assert.Equal("Password changed. All your other sessions were signed out.", page.Notice);
        Assert.False(await other.IsSignedInAsync());
        Assert.True(await user.IsSignedInAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, (await other.SignInAsync(user.Name)).Status);
        await other.SignInAsync(user.Name, "another long password");
        Assert.True(await other.IsSignedInAsync());
    }
}
