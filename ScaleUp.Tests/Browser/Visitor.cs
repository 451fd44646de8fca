using System.Text.RegularExpressions;
using Microsoft.Playwright;
using ScaleUp.Tests.HAProxy;
using static Microsoft.Playwright.Assertions;

namespace ScaleUp.Tests.Browsing;

/// <summary>A visitor with a separate browser context. Acts through visible labels, buttons and links, like a person.</summary>
internal sealed partial class Visitor
{
    public const string Password = "correct horse battery staple";

    private readonly List<string> _complaints = [];

    private Visitor(IBrowserContext context, IPage page, Look look)
    {
        (Context, Page, Look) = (context, page, look);
        Listen(page);
    }

    public IBrowserContext Context { get; }

    public IPage Page { get; }

    public Look Look { get; private set; }

    public string UserName { get; private set; } = "";

    public string DisplayName { get; private set; } = "";

    /// <summary>
    /// Errors of the browser's console, including violations of the Content-Security-Policy, and responses with status 500 and above.
    /// </summary>
    public IReadOnlyList<string> Complaints => _complaints;

    public static async Task<Visitor> EnterAsync(IBrowser browser, Uri website, Look look, bool runsScript = true, string? userAgent = null)
    {
        SetDefaultExpectTimeout((float)Eventually.Limit.TotalMilliseconds);
        var context = await browser.NewContextAsync(new()
        {
            BaseURL = website.ToString(),
            ViewportSize = new() { Width = look.Width, Height = look.Height },
            ColorScheme = look.Scheme,
            // Contrast checks would otherwise measure colours in the middle of a transition.
            ReducedMotion = ReducedMotion.Reduce,
            JavaScriptEnabled = runsScript,
            UserAgent = userAgent,
            Locale = "en-GB",
        });
        context.SetDefaultTimeout((float)Eventually.Limit.TotalMilliseconds);
        return new Visitor(context, await context.NewPageAsync(), look);
    }

    /// <summary>Returns a unique word.</summary>
    public static string NewWord() =>
        string.Concat(Guid.NewGuid().ToByteArray().Take(6).Select(b => $"{(char)('a' + (b >> 4))}{(char)('a' + (b & 15))}"));

    /// <summary>Changes the window size and colour scheme and keeps the page.</summary>
    public async Task ChangeAsync(Look look)
    {
        Look = look;
        await Page.SetViewportSizeAsync(look.Width, look.Height);
        await Page.EmulateMediaAsync(new() { ColorScheme = look.Scheme });
    }

    public Task OpenAsync(string path) => Page.GotoAsync(path);

    public Task FollowAsync(string link) => Page.GetByRole(AriaRole.Link, new() { Name = link, Exact = true }).First.ClickAsync();

    public Task PressAsync(string button) => Page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();

    public Task FillAsync(string label, string text) => Field(label).FillAsync(text);

    public ILocator Field(string label) => Page.GetByLabel(label, new() { Exact = true });

    public Task SeesNoticeAsync(string text) => Expect(Page.GetByRole(AriaRole.Status).Filter(new() { HasText = text })).ToBeVisibleAsync();

    public Task SeesHeadingAsync(string text) => Expect(Page.GetByRole(AriaRole.Heading, new() { Name = text, Exact = true }))
        .ToBeVisibleAsync();

    public Task IsAtAsync(string path) => Expect(Page).ToHaveURLAsync(new Regex($"^https?://[^/]+{Regex.Escape(path)}([?#].*)?$"));

    /// <summary>Registers with a unique name, which also signs in.</summary>
    public async Task RegisterAsync(string? displayName = null)
    {
        await OpenAsync("/register");
        await FillRegistrationAsync(displayName ?? $"Nora {NewWord()}");
        await PressAsync("Register");
        await IsAtAsync("/writing");
    }

    public async Task FillRegistrationAsync(string displayName)
    {
        (UserName, DisplayName) = ($"v-{NewWord()}", displayName);
        await FillAsync("User name", UserName);
        await FillAsync("Display name", DisplayName);
        await FillAsync("Password", Password);
    }

    public async Task SignInAsync(string userName, string password = Password)
    {
        await OpenAsync("/sign-in");
        await FillAsync("User name", userName);
        await FillAsync("Password", password);
        await PressAsync("Sign in");
        await IsAtAsync("/");
    }

    /// <summary>Writes and publishes an article and stays on its page.</summary>
    /// <returns>The path of the article.</returns>
    public async Task<string> PublishAsync(string title, string text)
    {
        await OpenAsync("/articles/new");
        await FillAsync("Title", title);
        await FillAsync("Text", text);
        await PressAsync("Save and publish");
        await SeesNoticeAsync("Published.");
        return new Uri(Page.Url).AbsolutePath;
    }

    public async Task CommentAsync(string text)
    {
        await FillAsync("Your comment", text);
        await PressAsync("Post comment");
        await SeesNoticeAsync("Comment posted.");
    }

    private void Listen(IPage page)
    {
        page.Console += (_, message) =>
        {
            // A refused form has a 4xx status, which the test itself asserts.
            var isAnswer = ClientError().IsMatch(message.Text) && message.Location.StartsWith(page.Url, StringComparison.Ordinal);
            if (message.Type == "error" && !isAnswer)
            {
                Complain($"console of {page.Url}: {message.Text} ({message.Location})");
            }
        };
        page.PageError += (_, error) => Complain($"script of {page.Url}: {error}");
        page.Response += (_, response) => Complain(response.Status >= 500 ? $"{response.Status} from {response.Url}" : null);
    }

    private void Complain(string? complaint)
    {
        lock (_complaints)
        {
            _complaints.AddRange(complaint is null ? [] : [complaint]);
        }
    }

    [GeneratedRegex("^Failed to load resource: the server responded with a status of 4")]
    private static partial Regex ClientError();
}
