using Microsoft.Playwright;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Topology;
using static Microsoft.Playwright.Assertions;

namespace ScaleUp.Tests.Browsing;

/// <summary>Moderation by an administrator takes effect in other browsers.</summary>
public sealed class ModerationTests(AppHostFixture topology, Chromium chromium) : BrowserTest(topology, chromium)
{
    [Fact]
    public async Task Hidden_comments_and_articles_disappear_for_other_readers()
    {
        var (author, reader, administrator) = (await EnterAsync(), await EnterAsync(), await EnterAsAdministratorAsync());
        await author.RegisterAsync();
        var article = await author.PublishAsync($"To be hidden {Visitor.NewWord()}", "Advertising.");
        await author.CommentAsync("More advertising.");
        await reader.OpenAsync(article);
        await Expect(reader.Page.Locator(".comment")).ToContainTextAsync("More advertising.");

        await administrator.OpenAsync(article);
        await administrator.InspectInAllLooksAsync("30-article-for-administrators");
        await administrator.FillAsync("Reason for hiding this comment", "Advertising.");
        await administrator.PressAsync($"Hide the comment by {author.DisplayName}");
        await administrator.SeesNoticeAsync("The comment is hidden.");
        await administrator.InspectInAllLooksAsync("31-hidden-comment");
        await ReloadsUntilAsync(reader, async page => await page.Locator(".comment").CountAsync() == 0);

        await administrator.FillAsync("Reason for hiding this article", "Advertising.");
        await administrator.PressAsync("Hide this article");
        await administrator.SeesNoticeAsync("The article is hidden.");
        await administrator.InspectInAllLooksAsync("32-hidden-article");
        await ReloadsUntilAsync(reader, async page => await page.GetByText("Page not found").CountAsync() == 1);

        await author.OpenAsync(article);
        await Expect(author.Page.GetByText("An administrator has hidden this article.")).ToBeVisibleAsync();
        await administrator.PressAsync("Show this article again");
        await administrator.SeesNoticeAsync("The article is visible again.");
        await ReloadsUntilAsync(reader, async page => await page.GetByText("Advertising.").CountAsync() == 1);
    }

    [Fact]
    public async Task A_blocked_user_is_signed_out_with_the_next_click_and_cannot_sign_in_again()
    {
        var (user, administrator) = (await EnterAsync(), await EnterAsAdministratorAsync());
        await user.RegisterAsync($"Nora {Visitor.NewWord()}");

        await administrator.FollowAsync("Users");
        await administrator.FillAsync($"Reason for blocking {user.DisplayName}", "Advertising.");
        await administrator.PressAsync($"Block {user.DisplayName}");
        await administrator.SeesNoticeAsync("The user is blocked");
        await administrator.InspectInAllLooksAsync("33-users");

        await user.FollowAsync("Write an article");
        await user.IsAtAsync("/sign-in");
        await user.FillAsync("User name", user.UserName);
        await user.FillAsync("Password", Visitor.Password);
        await user.PressAsync("Sign in");
        await Expect(user.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("blocked");

        await administrator.PressAsync($"Unblock {user.DisplayName}");
        await administrator.SeesNoticeAsync("The user can sign in again.");
        await user.SignInAsync(user.UserName);
    }

    // Anonymous pages may be cached for two seconds.
    private static async Task ReloadsUntilAsync(Visitor reader, Func<IPage, Task<bool>> isSo) =>
        await Eventually.TrueAsync(
            async () =>
            {
                await reader.Page.ReloadAsync();
                return await isSo(reader.Page);
            },
            () => reader.Page.Locator("body").InnerTextAsync());
}
