using Microsoft.Playwright;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Topology;
using static Microsoft.Playwright.Assertions;

namespace ScaleUp.Tests.Browsing;

/// <summary>Pressing a button repeatedly takes effect once.</summary>
public sealed class DoubleSubmitTests(AppHostFixture topology, Chromium chromium) : BrowserTest(topology, chromium)
{
    private const string Publish = "Save and publish";

    [Fact]
    public async Task A_double_click_on_publish_creates_one_article()
    {
        var (author, title) = await BeginArticleAsync();

        await author.Page.GetByRole(AriaRole.Button, new() { Name = Publish }).DblClickAsync();

        await author.SeesHeadingAsync(title);
        await HasArticlesAsync(author, 1);
    }

    [Fact]
    public async Task Pressing_again_without_a_response_creates_one_article()
    {
        var (author, title) = await BeginArticleAsync();
        var done = new TaskCompletionSource<int>();
        await author.Page.RouteAsync("**/*handler=Publish", async route =>
        {
            if (done.Task.IsCompleted)
            {
                await route.ContinueAsync();
                return;
            }

            // The website executes the request, but the response is lost.
            var answer = await route.FetchAsync(new() { MaxRedirects = 0 });
            done.SetResult(answer.Status);
        });
        // Use the mouse, because Playwright's click on a button would wait for the response.
        var button = author.Page.GetByRole(AriaRole.Button, new() { Name = Publish });
        await button.ScrollIntoViewIfNeededAsync();
        var place = await button.BoundingBoxAsync();
        await author.Page.Mouse.ClickAsync(place!.X + 5, place.Y + 5);
        Assert.Equal(302, await done.Task.WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken));

        await author.Page.Mouse.ClickAsync(place.X + 5, place.Y + 5);

        await author.SeesHeadingAsync(title);
        await HasArticlesAsync(author, 1);
    }

    [Fact]
    public async Task Going_back_and_pressing_again_creates_no_second_article_and_shows_a_notice()
    {
        var (author, title) = await BeginArticleAsync();
        await author.PressAsync(Publish);
        await author.SeesHeadingAsync(title);

        // The browser reloads the page, which has a new idempotency key, and restores the input.
        await author.Page.GoBackAsync();
        await Expect(author.Field("Title")).ToHaveValueAsync(title);
        await author.PressAsync(Publish);

        await Expect(author.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("An article with the address");
        await Expect(author.Field("Text")).ToHaveValueAsync("Written once.");
        await HasArticlesAsync(author, 1);
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

    private static async Task HasArticlesAsync(Visitor author, int count)
    {
        await author.FollowAsync("Writing");
        await Expect(author.Page.Locator(".rows li")).ToHaveCountAsync(count);
    }
}
