using System.Net;

namespace ScaleUp.Tests.Website;

/// <summary>What browsers keep of a visitor: out of the reach of others, and only as long as it is of use.</summary>
[Collection(nameof(WebServers))]
public sealed class CookieTests(WebServers servers)
{
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
        Assert.Contains("Too many wrong passwords", guess.Notice);
        Assert.NotNull(guess.Response.Headers.RetryAfter);
        await user.SignInAsync(user.Name);
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
}
