using ScaleUp.Tests.Topology;
using static Microsoft.Playwright.Assertions;

namespace ScaleUp.Tests.Browsing;

/// <summary>The operations page shows the running topology.</summary>
public sealed class OperationsTests(AppHostFixture topology, Chromium chromium) : BrowserTest(topology, chromium)
{
    private static readonly string[] s_servers = ["lb-1", "lb-2", "web-1", "web-2", "api-1", "api-2", "api-3", "postgres"];

    [Fact]
    public async Task All_servers_are_shown_with_their_states_and_numbers()
    {
        var operator_ = await EnterAsync();

        await operator_.OpenAsync("/operations");
        foreach (var server in s_servers)
        {
            await Expect(operator_.Page.Locator($"[data-node='{server}']")).ToHaveAttributeAsync("class", "node up");
            await Expect(operator_.Page.Locator($"tr[data-server='{server}'] [data-col=state]")).ToHaveTextAsync("up");
        }

        foreach (var server in new[] { "web-3", "api-4" })
        {
            await Expect(operator_.Page.Locator($"[data-node='{server}']")).ToHaveAttributeAsync("class", "node standby");
        }

        await Expect(operator_.Page.Locator("#verdict")).ToHaveTextAsync("All servers are in service.");
        await Expect(operator_.Page.Locator("[data-node=postgres] .state")).ToHaveTextAsync("primary");
        await Expect(operator_.Page.Locator("tr[data-server='web-1'] [data-col=check]")).ToContainTextAsync("Layer7 check passed");
        await Expect(operator_.Page.Locator("#charts canvas")).ToHaveCountAsync(14);
        await Expect(operator_.Page.Locator("#freshness")).ToContainTextAsync("Live");
        await operator_.InspectInAllLooksAsync("40-operations");
    }

    [Fact]
    public async Task Requests_of_visitors_are_counted_in_each_tier()
    {
        var (operator_, visitor) = (await EnterAsync(), await EnterAsync());
        await operator_.OpenAsync("/operations");

        foreach (var tier in new[] { "lb", "web", "api" })
        {
            var counted = operator_.Page.WaitForFunctionAsync(
                """
                tier => [...document.querySelectorAll(`tbody[data-tier='${tier}'] [data-col=requests]`)]
                    .some(cell => parseFloat(cell.textContent) > 0)
                """, tier);
            while (!counted.IsCompleted)
            {
                await visitor.OpenAsync(FreshPages.FrontPage());
            }

            await counted;
        }
    }

    [Fact]
    public async Task Without_JavaScript_the_page_is_a_table_that_refreshes_automatically()
    {
        var operator_ = await EnterAsync(Look.Phone, runsScript: false);

        await operator_.OpenAsync("/operations");
        await Expect(operator_.Page.Locator("tr[data-server='api-3'] [data-col=state]")).ToHaveTextAsync("up");
        await Expect(operator_.Page.Locator("#picture")).ToBeHiddenAsync();
        await operator_.TakePictureAsync("41-operations-without-script");
        // The page reloads.
        var first = await operator_.Page.Locator("#freshness time").GetAttributeAsync("datetime");
        await Expect(operator_.Page.Locator("#freshness time")).Not.ToHaveAttributeAsync("datetime", first!);
    }

    [Fact]
    public async Task The_page_is_operable_by_keyboard_and_has_no_animations()
    {
        var operator_ = await EnterAsync(Look.Phone);
        await operator_.OpenAsync("/operations");
        await Expect(operator_.Page.Locator("[data-node=postgres]")).ToBeVisibleAsync();

        // The table is wider than a phone, so it scrolls within the page, also by keyboard.
        var table = operator_.Page.Locator(".scrolls");
        await table.FocusAsync();
        await operator_.Page.Keyboard.PressAsync("ArrowRight");
        await operator_.Page.WaitForFunctionAsync("() => document.querySelector('.scrolls').scrollLeft > 0");
        Assert.Equal(0, await operator_.Page.EvaluateAsync<int>("() => document.getAnimations().length"));
    }

    [Fact]
    public async Task A_stream_without_events_is_replaced_by_a_new_one()
    {
        var operator_ = await EnterAsync();
        // The first stream stops after a few events, like that of a hung server.
        await operator_.Page.AddInitScriptAsync("""
            const Real = window.EventSource;
            window.streams = 0;
            window.EventSource = class extends Real {
              constructor(address) {
                super(address);
                const number = ++window.streams;
                const add = this.addEventListener.bind(this);
                let events = 0;
                this.addEventListener = (name, listener) => add(name, (event) => {
                  if (number > 1 || ++events < 4) listener(event);
                });
              }
            };
            """);
        await operator_.OpenAsync("/operations");

        await operator_.Page.WaitForFunctionAsync("() => window.streams > 1");
        await Expect(operator_.Page.Locator("#freshness")).ToContainTextAsync("Live");
    }
}
