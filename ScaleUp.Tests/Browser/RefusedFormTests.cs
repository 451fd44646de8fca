using System.Text.RegularExpressions;
using Microsoft.Playwright;
using ScaleUp.Tests.Topology;
using static Microsoft.Playwright.Assertions;

namespace ScaleUp.Tests.Browsing;

/// <summary>A refused form keeps its input and shows errors beside their fields, accessible to screen readers.</summary>
public sealed class RefusedFormTests(AppHostFixture topology, Chromium chromium) : BrowserTest(topology, chromium)
{
    [Fact]
    public async Task An_invalid_user_name_is_reported_beside_its_field()
    {
        var visitor = await EnterAsync();
        await visitor.OpenAsync("/register");
        await visitor.FillRegistrationAsync($"Nora {Visitor.NewWord()}");
        // The browser's own validation accepts this name.
        await visitor.FillAsync("User name", "_nora");

        await visitor.PressAsync("Register");

        await IsToldAsync(visitor, "User name",
            "A user name has 3 to 32 letters (A to Z), digits, '.', '_' and '-', and starts with a letter or digit.");
        await Expect(visitor.Field("User name")).ToHaveValueAsync("_nora");
        await Expect(visitor.Field("Display name")).ToHaveValueAsync(visitor.DisplayName);
        // The server never returns passwords.
        await Expect(visitor.Field("Password")).ToHaveValueAsync("");
        await visitor.InspectInAllLooksAsync("22-registration-refused");
    }

    [Fact]
    public async Task A_taken_title_is_reported_beside_its_field()
    {
        var (title, author) = ($"Taken {Visitor.NewWord()}", await EnterAsync());
        await author.RegisterAsync();
        await author.PublishAsync(title, "The first.");
        await author.OpenAsync("/articles/new");
        await author.FillAsync("Title", title);
        await author.FillAsync("Summary", "A summary.");
        await author.FillAsync("Tags", "one, two");
        await author.FillAsync("Text", "The second.\n\nOf two lines.");

        await author.PressAsync("Save and publish");

        await IsToldAsync(author, "Title", "Choose another title");
        await Expect(author.Field("Title")).ToHaveValueAsync(title);
        await Expect(author.Field("Summary")).ToHaveValueAsync("A summary.");
        await Expect(author.Field("Tags")).ToHaveValueAsync("one, two");
        await Expect(author.Field("Text")).ToHaveValueAsync("The second.\n\nOf two lines.");
        await author.InspectInAllLooksAsync("23-title-taken");

        // Another button works, regardless of the one pressed before.
        await author.FillAsync("Title", $"{title} again");
        await author.PressAsync("Save");
        await author.SeesNoticeAsync("Saved as a draft");
    }

    [Fact]
    public async Task A_wrong_password_keeps_the_user_name()
    {
        var visitor = await EnterAsync();
        await visitor.OpenAsync("/sign-in");
        await visitor.FillAsync("User name", "nobody-at-all");
        await visitor.FillAsync("Password", "not my password");

        await visitor.PressAsync("Sign in");

        await Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToBeVisibleAsync();
        await Expect(visitor.Field("User name")).ToHaveValueAsync("nobody-at-all");
        await visitor.InspectInAllLooksAsync("24-sign-in-refused");
    }

    private static async Task IsToldAsync(Visitor visitor, string label, string error)
    {
        await Expect(visitor.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync(error);
        var field = visitor.Field(label);
        await Expect(field).ToHaveAttributeAsync("aria-invalid", "true");
        await Expect(field).ToHaveAccessibleDescriptionAsync(new Regex(Regex.Escape(error)));
        await Expect(visitor.Page.Locator("p.error")).ToHaveCountAsync(1);
        await Expect(visitor.Page.Locator("p.error")).ToContainTextAsync(error);
        await Expect(visitor.Page.Locator("[aria-invalid]")).ToHaveCountAsync(1);
    }
}
