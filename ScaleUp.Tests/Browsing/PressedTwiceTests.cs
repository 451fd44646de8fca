using Microsoft.Playwright;
using ScaleUp.Tests.Topology;
using static Microsoft.Playwright.Assertions;

namespace ScaleUp.Tests.Browsing;

/// <summary>A button that somebody presses once more than was meant.</summary>
public sealed class PressedTwiceTests(RunningTopology topology, Chromium chromium) : BrowsingTest(topology, chromium)
{
    [Fact]
    public async Task A_double_click_on_publish_makes_one_article()
    {
        var (author, title) = await BeginArticleAsync();
        var posts = CountPosts(author);

        await author.Page.GetByRole(AriaRole.Button, new() { Name = "Save and publish" }).DblClickAsync();

        await author.SeesHeadingAsync(title);
        Assert.Equal(2, posts());
        await HasArticlesAsync(author, 1);
    }

    [Fact]
    public async Task Going_back_and_pressing_again_shows_the_article_that_is_there()
    {
        var (author, title) = await BeginArticleAsync();
        var posts = CountPosts(author);
        await author.PressAsync("Save and publish");
        await author.SeesHeadingAsync(title);

        // The browser shows the form as it was left, with its key.
        await author.Page.GoBackAsync();
        await Expect(author.Field("Title")).ToHaveValueAsync(title);
        await author.PressAsync("Save and publish");

        await author.SeesHeadingAsync(title);
        Assert.Equal(2, posts());
        await HasArticlesAsync(author, 1);
    }

    [Fact]
    public async Task Going_back_and_changing_the_text_is_refused_at_first_and_overwrites_nothing()
    {
        var (author, title) = await BeginArticleAsync();
        await author.PressAsync("Save and publish");
        await author.SeesHeadingAsync(title);
        await author.Page.GoBackAsync();
        await author.FillAsync("Text", "Something else.");

        await author.PressAsync("Save and publish");

        await Expect(author.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await Expect(author.Field("Text")).ToHaveValueAsync("Something else.");
        await author.TakePictureAsync("25-changed-after-going-back");
        await HasArticlesAsync(author, 1);
        await author.FollowAsync(title);
        await Expect(author.Page.GetByRole(AriaRole.Article)).ToContainTextAsync("Written once.");
    }

    private async Task<(Visitor Author, string Title)> BeginArticleAsync()
    {
        var (author, title) = (await EnterAsync(), $"Once {Visitor.NewWord()}");
        await author.RegisterAsync();
        await author.FollowAsync("Write an article");
        await author.FillAsync("Title", title);
        await author.FillAsync("Text", "Written once.");
        return (author, title);
    }

    private static Func<int> CountPosts(Visitor visitor)
    {
        var count = 0;
        visitor.Page.Request += (_, request) => Interlocked.Add(ref count, request.IsNavigationRequest && request.Method == "POST" && request.Url.Contains("handler=Publish", StringComparison.Ordinal) ? 1 : 0);
        return () => count;
    }

    private static async Task HasArticlesAsync(Visitor author, int count)
    {
        await author.FollowAsync("Writing");
        await Expect(author.Page.Locator(".rows li")).ToHaveCountAsync(count);
    }
}
