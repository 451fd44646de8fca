using ScaleUp.Tests.Topology;
using static Microsoft.Playwright.Assertions;

namespace ScaleUp.Tests.Browsing;

/// <summary>One article edited in two tabs.</summary>
public sealed class ConflictTests(AppHostFixture topology, Chromium chromium) : BrowserTest(topology, chromium)
{
    [Fact]
    public async Task The_second_to_save_sees_both_texts_and_decides()
    {
        var author = await EnterAsync();
        await author.RegisterAsync();
        var edit = await author.PublishAsync($"Two tabs {Visitor.NewWord()}", "As it was.") + "/edit";
        await author.OpenAsync(edit);

        var tab = await author.Context.NewPageAsync();
        await tab.GotoAsync(edit);
        await tab.GetByLabel("Text", new() { Exact = true }).FillAsync("From the other tab.");
        await tab.GetByRole(Microsoft.Playwright.AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Expect(tab.GetByRole(Microsoft.Playwright.AriaRole.Status)).ToHaveTextAsync("Saved.");

        await author.FillAsync("Text", "From this tab.");
        await author.PressAsync("Save");

        await Expect(author.Page.GetByRole(Microsoft.Playwright.AriaRole.Alert)).ToContainTextAsync("Your change was not saved.");
        await Expect(author.Page.GetByLabel("Current version")).ToContainTextAsync("From the other tab.");
        await Expect(author.Field("Text")).ToHaveValueAsync("From this tab.");
        await author.InspectInAllLooksAsync("21-conflict");
        await tab.ReloadAsync();
        await Expect(tab.GetByLabel("Text", new() { Exact = true })).ToHaveValueAsync("From the other tab.");

        await author.PressAsync("Save");
        await author.SeesNoticeAsync("Saved.");
        await Expect(author.Field("Text")).ToHaveValueAsync("From this tab.");
        await tab.ReloadAsync();
        await Expect(tab.GetByLabel("Text", new() { Exact = true })).ToHaveValueAsync("From this tab.");
    }
}
