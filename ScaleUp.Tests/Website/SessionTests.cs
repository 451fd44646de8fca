using System.Net;

namespace ScaleUp.Tests.Website;

/// <summary>Who is signed in, is so at every server, and nowhere once it has ended.</summary>
[Collection(nameof(WebServers))]
public sealed class SessionTests(WebServers servers)
{
    [Fact]
    public async Task A_session_that_was_revoked_ends_at_every_server_with_the_next_request()
    {
        using var user = await servers.NewUserAsync();
        using var other = servers.NewVisitor();
        await other.SignInAsync(user.Name);
        using var otherElsewhere = new SiteVisitor(servers.B.Address, other.Cookies);
        Assert.True(await other.IsSignedInAsync() && await otherElsewhere.IsSignedInAsync());
        var sessions = await user.GetAsync("/account/sessions");
        Assert.Equal(2, sessions.Document.QuerySelectorAll("main li").Length);
        var otherSession = sessions.Document.QuerySelectorAll("main li").Single(li => !li.TextContent.Contains("this one", StringComparison.Ordinal)).QuerySelector("[name=Id]")!.GetAttribute("value")!;

        var ended = await user.SendAsync(sessions.Form("Revoke").With(("Id", otherSession)));

        Assert.Equal("The session has ended.", ended.Notice);
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
    [InlineData("http", false)]
    [InlineData("https", true)]
    public async Task Cookies_are_out_of_reach_of_scripts_and_other_sites_and_of_clear_text_where_there_is_encryption(string scheme, bool secure)
    {
        using var visitor = await servers.NewUserAsync();
        using var other = servers.NewVisitor();
        other.Http.DefaultRequestHeaders.Add("X-Forwarded-Proto", scheme);
        other.Http.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1");
        var form = (await other.GetAsync("/sign-in")).Form();
        using var request = new HttpRequestMessage(HttpMethod.Post, form.Action) { Content = new FormUrlEncodedContent(form.With(("UserName", visitor.Name), ("Password", SiteVisitor.Password)).Fields) };
        // A cookie for encrypted connections only would not come back here by itself.
        request.Headers.Add("Cookie", string.Join("; ", other.Cookies.GetAllCookies().Select(c => $"{c.Name}={c.Value}")));
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false }) { BaseAddress = servers.A.Address };
        request.Headers.Add("X-Forwarded-Proto", scheme);
        request.Headers.Add("X-Forwarded-For", "192.0.2.1");

        var response = await http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        foreach (var name in new[] { "scaleup-session", "scaleup-device" })
        {
            // With the prefix no sibling domain can have set it.
            var cookie = response.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith(secure ? $"__Host-{name}=" : $"{name}=", StringComparison.Ordinal));
            Assert.Contains("; httponly", cookie);
            Assert.Contains("; samesite=lax", cookie);
            Assert.Contains("; path=/;", cookie);
            Assert.Equal(secure, cookie.Contains("; secure", StringComparison.Ordinal));
        }

        Assert.All(other.Cookies.GetAllCookies(), cookie => Assert.Equal(secure, cookie.Name.StartsWith("__Host-", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("https://example.org/")]
    [InlineData("//example.org/")]
    [InlineData("/\\example.org")]
    public async Task Signing_in_leads_to_no_other_site(string returnUrl)
    {
        using var user = await servers.NewUserAsync();
        using var visitor = servers.NewVisitor();

        var page = await visitor.FillInAsync($"/sign-in?returnUrl={Uri.EscapeDataString(returnUrl)}", "", ("UserName", user.Name), ("Password", SiteVisitor.Password));

        Assert.Equal(new Uri(servers.A.Address, "/"), page.Response.RequestMessage?.RequestUri);
    }

    [Fact]
    public async Task Signing_in_leads_back_to_where_somebody_came_from()
    {
        using var user = await servers.NewUserAsync();
        using var visitor = servers.NewVisitor();

        var page = await visitor.GetAsync("/account");
        Assert.Equal("Sign in", page.Heading);
        page = await visitor.SendAsync(page.Form().With(("UserName", user.Name), ("Password", SiteVisitor.Password)));

        Assert.Equal("Account", page.Heading);
    }

    [Fact]
    public async Task A_cookie_that_is_no_session_is_nobodys()
    {
        foreach (var value in new[] { "x", new string('A', 43), new string('A', 5000), "%00", "a b" })
        {
            using var visitor = servers.NewVisitor();
            visitor.Http.DefaultRequestHeaders.Add("Cookie", $"scaleup-session={value}");

            var page = await visitor.GetAsync("/");

            Assert.Equal(HttpStatusCode.OK, page.Status);
            Assert.Contains("Sign in", page.Html);
        }
    }

    [Fact]
    public async Task Over_TLS_a_session_that_a_sibling_domain_has_planted_is_nobodys()
    {
        using var user = await servers.NewUserAsync();
        var token = user.Cookies.GetAllCookies().Single(c => c.Name == "scaleup-session").Value;
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = servers.A.Address };
        http.DefaultRequestHeaders.Add("X-Forwarded-Proto", "https");
        http.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1");

        Assert.DoesNotContain("action=\"/sign-out\"", await ReadAsync($"scaleup-session={token}"));
        Assert.Contains("action=\"/sign-out\"", await ReadAsync($"x=y; __Host-scaleup-session={token}"));

        async Task<string> ReadAsync(string cookie)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/");
            request.Headers.Add("Cookie", cookie);
            using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
            return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Guesses_of_others_keep_nobody_out_whose_browser_has_signed_in_before()
    {
        using var user = await servers.NewUserAsync();
        using var guesser = servers.NewVisitor();
        await user.SendAsync((await user.GetAsync("/sign-out")).Form());
        SitePage guess;
        for (var i = 0; (guess = await guesser.SignInAsync(user.Name, $"guess number {i}")).Status == HttpStatusCode.Unauthorized; i++)
        {
            Assert.InRange(i, 0, 30);
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, guess.Status);
        Assert.Contains("too many wrong passwords", guess.Notice);
        Assert.NotNull(guess.Response.Headers.RetryAfter);
        await user.SignInAsync(user.Name);
        Assert.True(await user.IsSignedInAsync());
    }

    [Fact]
    public async Task Signing_in_again_ends_the_former_session()
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

        Assert.Equal("All your other sessions have ended.", page.Notice);
        Assert.False(await other.IsSignedInAsync());
        Assert.True(await user.IsSignedInAsync());
    }

    [Fact]
    public async Task Signing_out_has_the_browser_forget_the_pages_and_remember_the_device()
    {
        using var user = await servers.NewUserAsync();
        var form = (await user.GetAsync("/sign-out")).Form();
        using var http = new HttpClient(new SocketsHttpHandler { CookieContainer = user.Cookies, AllowAutoRedirect = false }) { BaseAddress = servers.A.Address };
        using var content = new FormUrlEncodedContent(form.Fields);

        var response = await http.PostAsync(form.Action, content, TestContext.Current.CancellationToken);

        Assert.Equal("\"cache\", \"storage\"", Assert.Single(response.Headers.GetValues("Clear-Site-Data")));
        Assert.Contains(user.Cookies.GetAllCookies(), c => c.Name == "scaleup-device");
        Assert.DoesNotContain(user.Cookies.GetAllCookies(), c => c.Name == "scaleup-session");
    }

    [Fact]
    public async Task Changing_the_password_ends_all_other_sessions()
    {
        using var user = await servers.NewUserAsync();
        using var other = servers.NewVisitor();
        await other.SignInAsync(user.Name);

        var wrong = await user.FillInAsync("/account", "Password", ("CurrentPassword", "not the password"), ("NewPassword", "another long password"));
        Assert.Equal(HttpStatusCode.BadRequest, wrong.Status);
        var page = await user.FillInAsync("/account", "Password", ("CurrentPassword", SiteVisitor.Password), ("NewPassword", "another long password"));

        Assert.Equal("Your password was changed. You are signed in here only.", page.Notice);
        Assert.False(await other.IsSignedInAsync());
        Assert.True(await user.IsSignedInAsync());
        Assert.Equal(HttpStatusCode.Unauthorized, (await other.SignInAsync(user.Name)).Status);
        await other.SignInAsync(user.Name, "another long password");
        Assert.True(await other.IsSignedInAsync());
    }
}
