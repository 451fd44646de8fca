using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ScaleUp.Tests.Api;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Website;

/// <summary>The data-protection keys that all web servers share.</summary>
[Collection(nameof(WebServers))]
public sealed class SharedKeyTests(WebServers servers)
{
    [Fact]
    public async Task Servers_that_start_concurrently_create_one_key()
    {
        // Each server has rendered a form and has thus loaded a key.
        using var here = servers.NewVisitor();
        using var elsewhere = new SiteVisitor(servers.B.Address);
        await Task.WhenAll(here.GetAsync("/sign-in"), elsewhere.GetAsync("/sign-in"));

        Assert.Equal("key-1", (await ReadStoredKeyAsync()).GetProperty("friendlyName").GetString());
    }

    [Fact]
    public async Task The_keys_in_the_database_do_not_suffice_to_forge_a_form()
    {
        using var visitor = servers.NewVisitor();
        await visitor.GetAsync("/sign-in");

        var xml = (await ReadStoredKeyAsync()).GetProperty("xml").GetString()!;

        Assert.Contains("<encryptedSecret", xml, StringComparison.Ordinal);
        Assert.DoesNotContain("masterKey", xml, StringComparison.Ordinal);
    }

    private async Task<JsonElement> ReadStoredKeyAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(servers.Api, "/internal/data-protection-keys"));
        request.Headers.Add("X-Service-Key", ApiServer.ServiceKey);
        using var http = new HttpClient();
        using var response = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var keys = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);

        return Assert.Single(keys.GetProperty("items").EnumerateArray());
    }

    [Fact]
    public async Task A_form_of_one_server_is_valid_at_another_that_starts_later()
    {
        await using var newcomer = new WebServer("web-c", [servers.Api]);
        using var user = await servers.NewUserAsync();
        using var there = new SiteVisitor(newcomer.Address, user.Cookies);

        var page = await there.SendAsync((await user.GetAsync("/articles/new")).Form()
            .With(("Title", $"Later {Guid.NewGuid():n}"), ("Markdown", "Text.")));

        Assert.Equal("Saved as a draft. Only you can read it.", page.Notice);
    }

    [Fact]
    public async Task A_server_started_during_an_outage_loads_the_keys_before_the_next_outage()
    {
        await using var newcomer = new WebServer("web-d", [servers.Api], OutageKind.Unreachable);
        using var visitor = servers.NewVisitor();
        var form = (await visitor.GetAsync("/register")).Form().With(("UserName", "somebody"), ("DisplayName", "Typed."));
        using var there = new SiteVisitor(newcomer.Address, visitor.Cookies);
        // The server still becomes ready after a while, because it can serve error pages itself.
        await newcomer.WaitUntilReadyAsync();

        newcomer.Outage.Kind = OutageKind.None;
        await Eventually.TrueAsync(() => newcomer.Outage.Answered.Contains("/internal/data-protection-keys"),
            () => Task.FromResult("The server did not request the keys again."));
        newcomer.Outage.Kind = OutageKind.Unreachable;

        var page = await there.SendAsync(form);
        Assert.Equal((HttpStatusCode.ServiceUnavailable, "Typed."), (page.Status, page.Field("DisplayName")));
    }
}
