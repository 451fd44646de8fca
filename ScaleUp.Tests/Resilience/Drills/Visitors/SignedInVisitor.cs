using System.Globalization;
using ScaleUp.Tests.Drills.Load;
using ScaleUp.Tests.Drills.Writes;
using ScaleUp.Tests.Website;

namespace ScaleUp.Tests.Drills.Visitors;

/// <summary>
/// A signed-in visitor that comments, writes articles and edits its own article through the website's forms. After a write with an
/// unknown outcome, the visitor resubmits the same form, as the website offers.
/// </summary>
internal sealed class SignedInVisitor : IDisposable
{
    private const string Password = "only for failure drills";

    /// <summary>The website accepts 100,000 characters; an article close to that limit is no longer edited.</summary>
    private const int LongestText = 90_000;

    private const string TokenName = "__RequestVerificationToken";

    private readonly BrowserClient _browser;
    private readonly Marker _marker;
    private readonly Ledger _ledger;
    private readonly string _token;
    private string _article = "";
    private PendingWrite? _unknown;
    private SiteForm? _editForm;
    private int _editState;

    private SignedInVisitor(BrowserClient browser, string name, Marker marker, Ledger ledger, string token) =>
        (_browser, Name, _marker, _ledger, _token) = (browser, name, marker, ledger, token);

    public string Name { get; }

    public int SentAgain => _browser.SentAgain;

    /// <summary>Registers, which also signs in, and publishes the article for later edits.</summary>
    /// <exception cref="InvalidOperationException">The website refused; the message contains its response.</exception>
    public static async Task<SignedInVisitor> RegisterAsync(
        BrowserClient browser, string name, Marker marker, Ledger ledger, CancellationToken cancellationToken)
    {
        var form = (await browser.GetAsync("/register", cancellationToken)).Form()
            .With(("UserName", name), ("DisplayName", $"Drill {name}"), ("Password", Password));
        if (await browser.PostAsync(form.Action, form.Fields, cancellationToken) is { Status: not (302 or 303) } refusal)
        {
            throw new InvalidOperationException($"{name} could not register (status {refusal.Status}):\n{refusal.Text}");
        }

        var writing = (await browser.GetAsync("/articles/new", cancellationToken)).Form("Publish");
        var visitor = new SignedInVisitor(browser, name, marker, ledger, writing.Fields[TokenName]);
        var (outcome, location, answer) = await visitor.NewArticle().SendAsync(browser, ledger);
        visitor._article = outcome == WriteOutcome.Acknowledged
            ? new Uri(new Uri("http://localhost"), location).Segments[2].TrimEnd('/')
            : throw new InvalidOperationException($"{name} could not publish an article: {answer}");
        return visitor;
    }

    public Task<Answer> ReadAsync(string path) => Visit.OpenAsync(_browser, RequestKind.PersonalRead, path);

    /// <summary>Opens a page outside the load.</summary>
    public Task<HttpPage> GetAsync(string path, CancellationToken cancellationToken) => _browser.GetAsync(path, cancellationToken);

    /// <summary>Opens the form to edit the visitor's own article, for a later <see cref="EditAsync"/>.</summary>
    public Task<Answer> OpenEditFormAsync()
    {
        var state = Volatile.Read(ref _editState);
        return Visit.OpenAsync(_browser, RequestKind.PersonalRead, $"/articles/{_article}/edit", page =>
        {
            // A form opened before an edit, or a stale copy, has an outdated version and would rightly be refused.
            if (state % 2 == 0 && state == Volatile.Read(ref _editState) && page["X-Stale"] is null)
            {
                Volatile.Write(ref _editForm, page.Form());
            }
        });
    }

    public Task<Answer> CommentAsync(string slug)
    {
        var marker = _marker.Next();
        return SendAsync(new($"comment on {slug}",
            NewForm($"/articles/{slug}?handler=Comment", ("Markdown", $"A comment of a drill, *{marker}*.")), marker));
    }

    public Task<Answer> WriteArticleAsync() => SendAsync(NewArticle());

    /// <summary>Edits the visitor's own article if its form is open; otherwise comments on it.</summary>
    public async Task<Answer> EditAsync()
    {
        if (Interlocked.Exchange(ref _editForm, null) is not { } form || form.Fields["Markdown"].Length > LongestText)
        {
            return await CommentAsync(_article);
        }

        Interlocked.Increment(ref _editState);
        try
        {
            var marker = _marker.Next();
            var edited = form.With(("Markdown", $"{form.Fields["Markdown"]}\n\nEdited in a drill, *{marker}*."));
            return (await new PendingWrite($"edit of {_article}", edited, marker).SendAsync(_browser, _ledger)).Answer;
        }
        finally
        {
            Interlocked.Increment(ref _editState);
        }
    }

    public void Dispose() => _browser.Dispose();

    private async Task<Answer> SendAsync(PendingWrite write)
    {
        write = Interlocked.Exchange(ref _unknown, null) ?? write;
        var (outcome, _, answer) = await write.SendAsync(_browser, _ledger);
        if (outcome == WriteOutcome.Unknown)
        {
            Volatile.Write(ref _unknown, write);
        }

        return answer;
    }

    private PendingWrite NewArticle()
    {
        var marker = _marker.Next();
        return new("article", NewForm(
            "/articles/new?handler=Publish", ("Title", $"A note of {Name}, {marker}"), ("Summary", "Written in a drill."),
            ("Tags", "drill"), ("Markdown", $"Nothing of this may be lost: *{marker}*.")), marker);
    }

    // All forms of a visitor share the antiforgery token; the idempotency key is new for each form, as on the website.
    private SiteForm NewForm(string action, params (string Name, string Value)[] typed) => new SiteForm(action, new()
    {
        // The key comes first, where load balancers expect it.
        ["Idempotency-Key"] = Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture),
        [TokenName] = _token,
    }).With(typed);
}
