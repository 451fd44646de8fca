using System.Text.RegularExpressions;
using Aspire.Hosting.ApplicationModel;
using ScaleUp.Tests.Browsing;
using ScaleUp.Tests.Drills.Faults;
using static Microsoft.Playwright.Assertions;

namespace ScaleUp.Tests.Failures;

/// <summary>The operations page shows the loss of servers, including those that serve the page itself.</summary>
[Collection(nameof(DrillFixture))]
public sealed partial class OperationsLossTests(DrillFixture topology, Chromium chromium, ITestOutputHelper output)
{
    [Fact]
    public async Task A_killed_api_server_is_down_in_the_picture_and_on_the_timeline()
    {
        var operator_ = await OpenAsync();

        topology.Kill("api-2");
        await Expect(operator_.Page.Locator("[data-node='api-2']")).ToHaveAttributeAsync("class", "node down");
        await Expect(operator_.Page.Locator("#verdict")).ToHaveTextAsync("api-2 is down.");
        await Expect(operator_.Page.Locator("#events li").Filter(new() { HasText = "api-2" }).First).ToContainTextAsync("api-2 is down");
        await operator_.InspectInAllLooksAsync("42-operations-api-server-down");

        await topology.WaitUntilStoppedAsync("api-2");
        await topology.ExecuteAsync("api-2", KnownResourceCommands.StartCommand);
        await Expect(operator_.Page.Locator("[data-node='api-2']")).ToHaveAttributeAsync("class", "node up");
        await Expect(operator_.Page.Locator("#events li").Filter(new() { HasText = "api-2" }).First)
            .ToContainTextAsync("api-2 is back in service.");
        await operator_.Context.CloseAsync();
    }

    [Fact]
    public async Task The_page_keeps_updating_when_its_own_web_server_is_lost()
    {
        var operator_ = await OpenAsync();
        var source = Source().Match(await operator_.Page.Locator("#freshness").InnerTextAsync()).Groups[1].Value;
        await WatchGapsAsync(operator_);

        topology.Kill(source);
        await Expect(operator_.Page.Locator("#freshness")).ToContainTextAsync(new Regex($"reported by (?!{source}$)"));
        await Expect(operator_.Page.Locator($"[data-node='{source}']")).ToHaveAttributeAsync("class", "node down");
        await ReportGapAsync(operator_, source);

        await topology.WaitUntilStoppedAsync(source);
        await operator_.Context.CloseAsync();
    }

    [Theory]
    [InlineData("lb-1")]
    [InlineData("lb-2")]
    public async Task The_page_keeps_updating_when_a_load_balancer_is_lost_and_shows_it_as_gone(string loadBalancer)
    {
        var operator_ = await OpenAsync();
        await WatchGapsAsync(operator_);
        var fault = new Fault(FaultKind.Kill, loadBalancer);

        await topology.BreakAsync(fault);
        await Expect(operator_.Page.Locator($"[data-node='{loadBalancer}']")).ToHaveAttributeAsync("class", "node down stale");
        await Expect(operator_.Page.Locator("#freshness")).ToContainTextAsync("Live");
        await Expect(operator_.Page.Locator("#events li").Filter(new() { HasText = $"{loadBalancer} is down" })).Not.ToHaveCountAsync(0);
        await ReportGapAsync(operator_, loadBalancer);
        // The browser logs the broken connection as an error, at which an inspection would fail.
        await operator_.TakePictureAsync($"43-operations-{loadBalancer}-gone");

        await topology.SettleAsync(fault);
        await topology.MendAsync(fault);
        await Expect(operator_.Page.Locator($"[data-node='{loadBalancer}']")).ToHaveAttributeAsync("class", "node up");
        await operator_.Context.CloseAsync();
    }

    [Fact]
    public async Task An_administrator_drains_a_server_and_returns_it_to_service_and_the_timeline_shows_both()
    {
        var administrator = await OpenAsync();
        await administrator.SignInAsync("admin", Topology.AppHostFixture.AdministratorPassword);
        await administrator.OpenAsync("/operations");
        await using var load = await ConstantLoad.StartAsync(topology.Website);

        await administrator.FollowAsync("Drain… api-1");
        await administrator.InspectInAllLooksAsync("44-operations-drain");
        await administrator.PressAsync("Drain api-1");
        await administrator.SeesNoticeAsync("api-1 gets no new requests");
        await Expect(administrator.Page.Locator("[data-node='api-1']")).ToHaveAttributeAsync("class", "node draining");
        await Expect(administrator.Page.Locator("tr[data-server='api-1'] [data-col=requests]")).ToHaveTextAsync("0");
        await Expect(administrator.Page.Locator("#events")).ToContainTextAsync("admin drained api-1.");
        await administrator.InspectInAllLooksAsync("45-operations-drained");

        await administrator.FollowAsync("Return… api-1");
        await administrator.PressAsync("Return api-1 to service");
        await administrator.SeesNoticeAsync("api-1 gets requests again.");
        await Expect(administrator.Page.Locator("[data-node='api-1']")).ToHaveAttributeAsync("class", "node up");
        await Expect(administrator.Page.Locator("#events")).ToContainTextAsync("admin returned api-1 to service.");
        await load.AssertNothingLostAsync(topology.DescribeAllAsync);
        await administrator.Context.CloseAsync();
    }

    private async Task<Visitor> OpenAsync()
    {
        await topology.RestoreAsync();
        var operator_ = await Visitor.EnterAsync(await chromium.StartAsync(), topology.Website, Look.Desktop);
        await operator_.OpenAsync("/operations");
        await Expect(operator_.Page.Locator("#verdict")).ToHaveTextAsync("All servers are in service.");
        await Expect(operator_.Page.Locator("#freshness")).ToContainTextAsync("Live");
        return operator_;
    }

    // Report the longest gap between updates, but don't assert it, because it depends on the machine.
    private static async Task WatchGapsAsync(Visitor visitor) => await visitor.Page.EvaluateAsync("""
        () => {
          window.longest = 0;
          let last = performance.now(), shown = "";
          new MutationObserver(() => {
            const text = document.getElementById("freshness").textContent;
            if (text.startsWith("Live") && text !== shown) {
              window.longest = Math.max(window.longest, performance.now() - last);
              [last, shown] = [performance.now(), text];
            }
          }).observe(document.getElementById("freshness"), { childList: true, characterData: true, subtree: true });
        }
        """);

    private async Task ReportGapAsync(Visitor visitor, string server)
    {
        var gap = await visitor.Page.EvaluateAsync<double>("() => window.longest");
        output.WriteLine($"{server} lost: the longest gap between updates was {gap:0} ms.");
    }

    [GeneratedRegex(@"reported by (\S+)")]
    private static partial Regex Source();
}
