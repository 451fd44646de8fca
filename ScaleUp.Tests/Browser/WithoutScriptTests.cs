using ScaleUp.Tests.Topology;
using static Microsoft.Playwright.Assertions;

namespace ScaleUp.Tests.Browsing;

/// <summary>The website works without JavaScript.</summary>
public sealed class WithoutScriptTests(AppHostFixture topology, Chromium chromium) : BrowserTest(topology, chromium)
{
    [Fact]
    public async Task Registering_writing_publishing_commenting_and_searching_work_without_JavaScript()
    {
        var (word, visitor) = (Visitor.NewWord(), await EnterAsync(Look.Phone, runsScript: false));
        await visitor.RegisterAsync();

        await visitor.FollowAsync("Write an article");
        await visitor.FillAsync("Title", $"Plain {word}");
        await visitor.FillAsync("Text", $"Only **{word}**.");
        await visitor.PressAsync("Preview");
        await Expect(visitor.Page.GetByLabel("Preview").Locator("strong")).ToHaveTextAsync(word);
        // The input is still there, and nothing has been stored.
        await Expect(visitor.Field("Title")).ToHaveValueAsync($"Plain {word}");
        await Expect(visitor.Field("Text")).ToHaveValueAsync($"Only **{word}**.");
        await visitor.TakePictureAsync("20-preview-without-script");

        await visitor.PressAsync("Save");
        await visitor.SeesNoticeAsync("Saved as a draft");
        await visitor.PressAsync("Save and publish");
        await visitor.SeesNoticeAsync("Published.");
        await visitor.CommentAsync("I run no scripts.");

        await visitor.FollowAsync("Search");
        await visitor.Page.GetByRole(Microsoft.Playwright.AriaRole.Searchbox).FillAsync(word);
        await visitor.PressAsync("Search");
        await visitor.IsAtAsync("/search");
        await Expect(visitor.Page.Locator("#hits mark").First).ToHaveTextAsync(word);
    }
}
