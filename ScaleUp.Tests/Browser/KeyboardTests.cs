using Microsoft.Playwright;
using ScaleUp.Tests.Topology;
using static Microsoft.Playwright.Assertions;

namespace ScaleUp.Tests.Browsing;

/// <summary>The website is usable with the keyboard alone.</summary>
public sealed class KeyboardTests(AppHostFixture topology, Chromium chromium) : BrowserTest(topology, chromium)
{
    // Evaluated in the page, so that visibility and document order come from the browser itself.
    private const string Stops =
        """
        () => {
          const name = e => `${e.localName} ${(e.labels?.[0] ?? e).textContent.trim().replace(/\s+/g, " ")}`;
          return [...document.querySelectorAll("a[href], button, input:not([type=hidden]), textarea, select, [tabindex]")]
            .filter(e => e.checkVisibility()).map(name);
        }
        """;

    private const string Focus =
        """
        () => {
          const e = document.activeElement, style = getComputedStyle(e), place = e.getBoundingClientRect();
          const name = `${e.localName} ${(e.labels?.[0] ?? e).textContent.trim().replace(/\s+/g, " ")}`;
          const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
          const inView = place.bottom > 0 && place.top < innerHeight && place.width > 1;
          return [name, outlined ? "" : "no outline", inView ? "" : "out of view"];
        }
        """;

    [Theory]
    [InlineData("/sign-in", false)]
    [InlineData("/register", false)]
    [InlineData("/articles/new", true)]
    [InlineData("/account", true)]
    public async Task Tab_reaches_every_link_field_and_button_in_order_with_visible_focus(string path, bool asUser)
    {
        foreach (var look in new[] { Look.Phone, Look.Desktop })
        {
            var visitor = await EnterAsync(look);
            if (asUser)
            {
                await visitor.RegisterAsync();
            }

            await visitor.OpenAsync(path);
            var expected = await visitor.Page.EvaluateAsync<string[]>(Stops);
            var seen = new List<string>();
            var faults = new List<string>();
            for (var i = 0; i < expected.Length; i++)
            {
                await visitor.Page.Keyboard.PressAsync("Tab");
                var focus = await visitor.Page.EvaluateAsync<string[]>(Focus);
                seen.Add(focus[0]);
                faults.AddRange(focus.Skip(1).Where(fault => fault.Length > 0).Select(fault => $"{focus[0]}: {fault}"));
            }

            Assert.True(expected.Length > 5);
            Assert.Equal(expected, seen);
            Assert.True(faults.Count == 0, $"{look.Name}: {string.Join('\n', faults)}");
        }
    }

    [Fact]
    public async Task Signing_in_works_with_the_keyboard_alone()
    {
        var (known, visitor) = (await EnterAsync(), await EnterAsync());
        await known.RegisterAsync();
        await visitor.OpenAsync("/sign-in");

        await visitor.Page.Keyboard.PressAsync("Tab");
        await Expect(visitor.Page.GetByRole(AriaRole.Link, new() { Name = "Skip to content" })).ToBeFocusedAsync();
        await visitor.Page.Keyboard.PressAsync("Enter");
        await visitor.Page.Keyboard.PressAsync("Tab");
        await visitor.Page.Keyboard.TypeAsync(known.UserName);
        await visitor.Page.Keyboard.PressAsync("Tab");
        await visitor.Page.Keyboard.TypeAsync(Visitor.Password);
        await visitor.Page.Keyboard.PressAsync("Enter");

        await visitor.IsAtAsync("/");
        await Expect(visitor.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" })).ToBeVisibleAsync();
    }
}
