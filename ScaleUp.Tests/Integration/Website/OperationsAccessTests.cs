using System.Net;
using ScaleUp.Tests.Api;
using ScaleUp.Web.Operations;

namespace ScaleUp.Tests.Website;

/// <summary>
/// Unless it is open to anyone, only administrators may open the operations page, even while no application server can authenticate them.
/// </summary>
[Collection(nameof(WebServers))]
public sealed class OperationsAccessTests(OperationsAccessTests.Fixture fixture) : IClassFixture<OperationsAccessTests.Fixture>, IDisposable
{
    private static readonly string[] s_addresses = ["/operations", "/operations/events"];

    private WebServer Server => fixture.Server;

    public void Dispose() => Server.Outage.Kind = OutageKind.None;

    [Fact]
    public async Task Visitors_must_sign_in_first()
    {
        using var visitor = new SiteVisitor(Server.Address);

        Assert.Equal("/sign-in?returnUrl=%2Foperations", (await visitor.GetAsync("/operations"))
            .Response.RequestMessage!.RequestUri!.PathAndQuery);
        Assert.Equal(HttpStatusCode.Unauthorized, (await visitor.GetAsync("/operations/events")).Status);
        Assert.Equal(HttpStatusCode.OK,
            (await visitor.FillInAsync("/sign-in?returnUrl=%2Foperations", "", ("UserName", ApiServer.AdministratorName),
            ("Password", ApiServer.AdministratorPassword))).Status);
    }

    [Fact]
    public async Task Other_users_are_denied_access()
    {
        using var user = await new SiteVisitor(Server.Address).RegisterAsync();

        foreach (var address in s_addresses)
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await user.GetAsync(address)).Status);
        }
    }

    [Fact]
    public async Task During_an_outage_of_the_API_only_administrators_who_opened_the_page_before_have_access()
    {
        using var administrator = await NewAdministratorAsync();
        using var other = await NewAdministratorAsync();
        Assert.Equal("Operations", (await administrator.GetAsync("/operations")).Heading);

        Server.Outage.Kind = OutageKind.Unavailable;
        Assert.Equal("Operations", (await administrator.GetAsync("/operations")).Heading);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await other.GetAsync("/operations")).Status);

        // The cookie is valid for its own session only.
        var cookie = administrator.Cookies.GetCookies(Server.Address)[OperationsAccess.CookieName]!;
        Assert.True(cookie.HttpOnly);
        other.Cookies.Add(Server.Address, new Cookie(OperationsAccess.CookieName, cookie.Value));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await other.GetAsync("/operations")).Status);
        other.Cookies.Add(Server.Address, new Cookie(OperationsAccess.CookieName, "nonsense"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await other.GetAsync("/operations")).Status);
    }

    [Fact]
    public async Task Without_the_statistics_key_the_page_says_which_data_is_unavailable()
    {
        using var administrator = await NewAdministratorAsync();

        Assert.Contains("Operations:StatisticsKey is not set", (await administrator.GetAsync("/operations")).Notice);
    }

    [Fact]
    public async Task A_stream_starts_with_the_history_continues_with_the_current_state_and_is_not_cached()
    {
        using var administrator = await NewAdministratorAsync();
        using var response = await administrator.Http.GetAsync("/operations/events", HttpCompletionOption.ResponseHeadersRead,
            TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));

        var events = new List<string>();
        while (events.Count(e => e == "event: state") < 2 && await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            events.AddRange(line.StartsWith("event: ", StringComparison.Ordinal) || line.StartsWith("retry: ", StringComparison.Ordinal)
                ? [line] : []);
        }

        Assert.Equal(["event: history", "retry: 300", "event: state"], events.Take(3));
        Assert.Equal(HttpStatusCode.OK, (await administrator.Http.SendAsync(new HttpRequestMessage(HttpMethod.Head, "/operations/events"),
            TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(("text/event-stream", true), (response.Content.Headers.ContentType?.MediaType,
            response.Headers.CacheControl?.NoStore));
    }

    private async Task<SiteVisitor> NewAdministratorAsync()
    {
        var administrator = new SiteVisitor(Server.Address);
        await administrator.SignInAsync(ApiServer.AdministratorName, ApiServer.AdministratorPassword);
        return administrator;
    }

    public sealed class Fixture(WebServers servers) : IAsyncLifetime
    {
        internal WebServer Server { get; } = new("web-operations", [servers.Api], settings: [(OperationsAccess.OpenSetting, "false")]);

        public async ValueTask InitializeAsync() => await Server.WaitUntilReadyAsync();

        public ValueTask DisposeAsync() => Server.DisposeAsync();
    }
}
