using System.Net;

namespace ScaleUp.Tests.Website;

/// <summary>Cookies are protected from scripts, other sites and plain HTTP, and expire when no longer needed.</summary>
[Collection(nameof(WebServers))]
public sealed class CookieTests(WebServers servers)
{
    [Theory]
    [InlineData("http", false)]
    [InlineData("https", true)]
    public async Task Cookies_are_inaccessible_to_scripts_and_other_sites_and_under_HTTPS_also_to_plain_HTTP(string scheme, bool secure)
    {
        using var visitor = await servers.NewUserAsync();
        using var other = servers.NewVisitor();
        other.Http.DefaultRequestHeaders.Add("X-Forwarded-Proto", scheme);
        other.Http.DefaultRequestHeaders.Add("X-Forwarded-For", "192.0.2.1");
        var form = (await other.GetAsync("/sign-in")).Form();
        var fields = form.With(("UserName", visitor.Name), ("Password", SiteVisitor.Password)).Fields;
        using var request = new HttpRequestMessage(HttpMethod.Post, form.Action) { Content = new FormUrlEncodedContent(fields) };
        // The test sends cookies explicitly, because the client would not return Secure cookies over plain HTTP.
        request.Headers.Add("Cookie", string.Join("; ", other.Cookies.GetAllCookies().Select(c => $"{c.Name}={c.Value}")));
        using var http = new HttpClient(
            new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false })
        { BaseAddress = servers.A.Address };
        request.Headers.Add("X-Forwarded-Proto", scheme);
        request.Headers.Add("X-Forwarded-For", "192.0.2.1");

        var response = await http.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.Redirect, response.StatusCode);
        foreach (var name in new[] { "scaleup-session", "scaleup-device" })
        {
            // A cookie with the __Host- prefix cannot be set by a sibling domain.
            var cookie = response.Headers.GetValues("Set-Cookie")
                .Single(c => c.StartsWith(secure ? $"__Host-{name}=" : $"{name}=", StringComparison.Ordinal));
            Assert.Contains("; httponly", cookie);
            Assert.Contains("; samesite=lax", cookie);
            Assert.Contains("; path=/;", cookie);
            Assert.Equal(secure, cookie.Contains("; secure", StringComparison.Ordinal));
        }

        Assert.All(other.Cookies.GetAllCookies(),
            cookie => Assert.Equal(secure, cookie.Name.StartsWith("__Host-", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Over_HTTPS_a_session_cookie_planted_by_a_sibling_domain_is_ignored()
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
    public async Task A_cookie_without_a_valid_session_is_ignored()
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
    public async Task Guesses_by_others_do_not_lock_out_a_browser_that_has_signed_in_before()
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
    public async Task Signing_out_clears_the_browsers_cache_and_keeps_the_device_cookie()
    {
        using var user = await servers.NewUserAsync();
        var form = (await user.GetAsync("/sign-out")).Form();
        using var http = new HttpClient(
            new SocketsHttpHandler { CookieContainer = user.Cookies, AllowAutoRedirect = false })
        { BaseAddress = servers.A.Address };
        using var content = new FormUrlEncodedContent(form.Fields);

        var response = await http.PostAsync(form.Action, content, TestContext.Current.CancellationToken);

        Assert.Equal("\"cache\", \"storage\"", Assert.Single(response.Headers.GetValues("Clear-Site-Data")));
        Assert.Contains(user.Cookies.GetAllCookies(), c => c.Name == "scaleup-device");
        Assert.DoesNotContain(user.Cookies.GetAllCookies(), c => c.Name == "scaleup-session");
    }
}
