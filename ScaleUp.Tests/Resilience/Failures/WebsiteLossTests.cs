using System.Net;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.Topology;
using ScaleUp.Tests.Website;

namespace ScaleUp.Tests.Failures;

/// <summary>The loss of servers while a user is in the middle of a task.</summary>
[Collection(nameof(DrillFixture))]
public sealed class WebsiteLossTests(DrillFixture topology)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_session_survives_the_loss_of_the_web_and_the_api_server_that_served_it()
    {
        await topology.RestoreAsync();
        using var user = await new SiteVisitor(topology.Website).RegisterAsync();
        var address = await user.PublishAsync();
        var page = await user.GetAsync(address);
        var form = page.Form("Comment").With(("Markdown", "Typed before, sent after."));
        var (web, api) = (page.ServedBy.First(s => s.StartsWith("web-", StringComparison.Ordinal)),
            page.ServedBy.First(s => s.StartsWith("api-", StringComparison.Ordinal)));

        topology.Kill(web);
        topology.Kill(api);

        var sent = await user.SendAsync(form);
        Assert.True(sent.Notice == "Comment posted.", $"{sent.Status} without {web} and {api}: {sent.Html}");
        for (var i = 0; i < 20; i++)
        {
            var after = await user.GetAsync(address);
            Assert.Equal(HttpStatusCode.OK, after.Status);
            Assert.Single(after.Document.QuerySelectorAll(".comment"));
            Assert.NotNull(after.Document.QuerySelector("form[action='/sign-out']"));
            Assert.Empty(after.ServedBy.Intersect([web, api]));
        }

        // Aspire can restart servers for the next test only after it has noticed that they stopped.
        await Task.WhenAll(topology.WaitUntilStoppedAsync(web), topology.WaitUntilStoppedAsync(api));
    }

    [Fact]
    public async Task Without_any_api_server_pages_are_served_as_copies_and_forms_keep_their_input()
    {
        await topology.RestoreAsync();
        using var http = Browser.Open(topology.Website);
        foreach (var _ in Enumerable.Range(0, 20))
        {
            // Afterwards, each web server has a copy.
            await http.GetStringAsync(FreshPages.FrontPage(), Cancellation);
            await http.GetStringAsync("/articles/state-has-one-home", Cancellation);
        }

        using var visitor = new SiteVisitor(topology.Website);
        var form = (await visitor.GetAsync("/register")).Form()
            .With(("UserName", $"u{Guid.NewGuid():n}"[..20]), ("DisplayName", "Patient user"), ("Password", SiteVisitor.Password));
        string[] servers = ["api-1", "api-2", "api-3"];
        await Task.WhenAll(servers.Select(s => topology.ExecuteAsync(s, KnownResourceCommands.StopCommand)));
        await Task.WhenAll(servers.Select(s => topology.WaitUntilStoppedAsync(s)));

        var never = await visitor.GetAsync(FreshPages.FrontPage());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, never.Status);
        Assert.NotNull(never.Response.Headers.RetryAfter);
        Assert.Equal("Not available right now", never.Heading);

        var copy = await visitor.GetAsync("/articles/state-has-one-home");
        Assert.Equal(HttpStatusCode.OK, copy.Status);
        Assert.Contains("is a copy from", copy.Notice);

        var refused = await visitor.SendAsync(form);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.Status);
        Assert.Equal(("Patient user", form.Key), (refused.Field("DisplayName"), refused.Form().Key));

        using var operations = topology.Application.CreateHttpClient("lb-1", "operations");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await operations.GetAsync("/health", Cancellation)).StatusCode);

        await Task.WhenAll(servers.Select(s => topology.ExecuteAsync(s, KnownResourceCommands.StartCommand)));
        await topology.WaitUntilAllHealthyAsync();
        Assert.Equal("Writing", (await visitor.SendAsync(refused.Form().With(("Password", SiteVisitor.Password)))).Heading);
    }
}
