using ScaleUp.Tests.Topology;
using static Microsoft.Playwright.Assertions;

namespace ScaleUp.Tests.Browsing;

/// <summary>The main use cases of the website, from registration to the end of a session, at each screen size.</summary>
public sealed class EndToEndTests(AppHostFixture topology, Chromium chromium) : BrowserTest(topology, chromium)
{
    private const string OtherBrowser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0";

    // Contains every element that is difficult to lay out on a phone.
    private const string Text = """
        Some **strong** words, a [link](https://example.org), `code` and a wordthatislongerthananyscreenofanyphonethatsomebodycouldholdinonehandwhilereadingthis.

        ## What is wide

        | server | role | address | state | since | requests |
        |---|---|---|---|---|---|
        | lb-1 | load balancer | 127.0.0.1:8080 | healthy | yesterday | 28,593 |

        ```
        while sleep 0.1; do curl -s -o /dev/null -w '%{http_code}\n' http://localhost:8080/articles/seeing-what-happens; done
        ```

        > Somebody said this.

        1. One
           - and a half
        """;

    [Theory]
    [MemberData(nameof(Look.Names), MemberType = typeof(Look))]
    public async Task A_visitor_registers_writes_publishes_comments_searches_and_ends_a_session_elsewhere(string look)
    {
        var (word, visitor) = (Visitor.NewWord(), await EnterAsync(Look.Named(look)));
        await RegisterAsync(visitor);
        await WriteAsync(visitor, $"How queues drain {word}", word);
        await visitor.CommentAsync("Well *said*.");
        await Expect(visitor.Page.Locator(".comment")).ToContainTextAsync("Well said.");
        await visitor.InspectAsync("06-article-with-comment");
        await SearchAsync(visitor, word);
        await EndTheOtherSessionAsync(visitor);
    }

    private static async Task RegisterAsync(Visitor visitor)
    {
        await visitor.OpenAsync("/");
        await visitor.FollowAsync("Sign in");
        await visitor.FollowAsync("Register");
        await visitor.InspectAsync("01-register");
        await visitor.FillRegistrationAsync($"Nora {Visitor.NewWord()}");
        await visitor.PressAsync("Register");
        await visitor.IsAtAsync("/writing");
        await visitor.InspectAsync("02-writing-nothing-yet");
    }

    private static async Task WriteAsync(Visitor visitor, string title, string word)
    {
        await visitor.FollowAsync("Write an article");
        await visitor.FillAsync("Title", title);
        await visitor.FillAsync("Summary", "A queue empties faster than it fills, or it does not.");
        await visitor.FillAsync("Tags", "queues, a tag of several words");
        await visitor.FillAsync("Text", $"{Text}\n\nSome call it {word}.");
        await Expect(visitor.Page.GetByLabel("Preview").Locator("strong")).ToHaveTextAsync("strong");
        await visitor.InspectAsync("03-new-article-with-live-preview");

        await visitor.PressAsync("Save");
        await visitor.SeesNoticeAsync("Saved as a draft");
        await visitor.InspectAsync("04-draft");

        await visitor.PressAsync("Save and publish");
        await visitor.SeesNoticeAsync("Published.");
        await visitor.SeesHeadingAsync(title);
        await visitor.InspectAsync("05-article-published");
    }

    private static async Task SearchAsync(Visitor visitor, string word)
    {
        await visitor.FollowAsync("Search");
        await visitor.Page.GetByRole(Microsoft.Playwright.AriaRole.Searchbox).PressSequentiallyAsync(word);
        var hit = visitor.Page.Locator("#hits").GetByRole(Microsoft.Playwright.AriaRole.Article);
        await Expect(hit).ToHaveCountAsync(1);
        await Expect(hit.Locator("mark").First).ToHaveTextAsync(word);
        await visitor.InspectAsync("07-search");
    }

    private async Task EndTheOtherSessionAsync(Visitor visitor)
    {
        var other = await EnterAsync(visitor.Look, userAgent: OtherBrowser);
        await other.SignInAsync(visitor.UserName);

        await visitor.FollowAsync(visitor.DisplayName);
        await visitor.InspectAsync("08-account");
        await visitor.FollowAsync("Where you are signed in");
        var sessions = visitor.Page.Locator(".rows li");
        await Expect(sessions).ToHaveCountAsync(2);
        await Expect(sessions.Filter(new() { HasText = "current session" })).ToContainTextAsync("Chrome on Linux");
        await visitor.InspectAsync("09-sessions");

        await visitor.PressAsync("Sign out of Firefox on Windows");
        await visitor.SeesNoticeAsync("The session was signed out.");
        await Expect(sessions).ToHaveCountAsync(1);

        await other.FollowAsync("Writing");
        await other.IsAtAsync("/sign-in");
        await Expect(other.Page.GetByText(visitor.DisplayName)).ToHaveCountAsync(0);
        await visitor.FollowAsync("Writing");
        await visitor.InspectAsync("10-writing");
    }
}
