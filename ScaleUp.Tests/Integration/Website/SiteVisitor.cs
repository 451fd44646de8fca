using System.Net;
using ScaleUp.Tests.Topology;

namespace ScaleUp.Tests.Website;

/// <summary>A visitor's browser without JavaScript: it keeps cookies and submits the forms of pages.</summary>
internal sealed class SiteVisitor : IDisposable
{
    internal const string Password = "correct horse battery staple";

    private readonly HttpClient _http;

    /// <param name="website">The address of a web server, of a load balancer, or "localhost" for any load balancer.</param>
    /// <param name="cookies">The cookies of another visitor, to share the session; null for a new visitor.</param>
    public SiteVisitor(Uri website, CookieContainer? cookies = null)
    {
        Cookies = cookies ?? new CookieContainer();
        _http = Browser.Open(website, Cookies);
    }

    public CookieContainer Cookies { get; }

    public HttpClient Http => _http;

    /// <summary>The user name; empty for an anonymous visitor.</summary>
    public string Name { get; private set; } = "";

    public void Dispose() => _http.Dispose();

    public async Task<SitePage> GetAsync(string address) =>
        await ReadAsync(await _http.GetAsync(address, TestContext.Current.CancellationToken));

    /// <summary>Submits a form and returns the resulting page.</summary>
    public async Task<SitePage> SendAsync(SiteForm form)
    {
        using var content = new FormUrlEncodedContent(form.Fields);
        return await ReadAsync(await _http.PostAsync(form.Action, content, TestContext.Current.CancellationToken));
    }

    /// <summary>Opens a page, fills in its form and submits it.</summary>
    public async Task<SitePage> FillInAsync(string address, string handler, params (string Name, string Value)[] values) =>
        await SendAsync((await GetAsync(address)).Form(handler).With(values));

    /// <summary>Registers with a unique name.</summary>
    public async Task<SiteVisitor> RegisterAsync()
    {
        Name = $"u{Guid.NewGuid():n}"[..20];
        var page = await FillInAsync("/register", "", ("UserName", Name), ("DisplayName", $"User {Name}"), ("Password", Password));
        Assert.True(page.Heading == "Writing", page.Html);
        return this;
    }

    public async Task<SitePage> SignInAsync(string name, string password = Password)
    {
        Name = name;
        return await FillInAsync("/sign-in", "", ("UserName", name), ("Password", password));
    }

    /// <summary>Whether the website still recognizes the session.</summary>
    public async Task<bool> IsSignedInAsync() => (await GetAsync("/")).Document.QuerySelector("form[action='/sign-out']") is not null;

    /// <summary>Creates and publishes an article.</summary>
    /// <returns>Its address.</returns>
    public async Task<string> PublishAsync(string? title = null, string markdown = "Some *text*.", string tags = "")
    {
        var page = await FillInAsync("/articles/new", "Publish", ("Title", title ?? $"About {Guid.NewGuid():n}"), ("Summary", "A summary."),
            ("Tags", tags), ("Markdown", markdown));
        Assert.True(page.Notice == "Published.", page.Html);
        return page.Response.RequestMessage!.RequestUri!.AbsolutePath;
    }

    private static async Task<SitePage> ReadAsync(HttpResponseMessage response) =>
        new(response, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
}
