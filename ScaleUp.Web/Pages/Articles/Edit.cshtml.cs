using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Articles;
using ScaleUp.Web.Forms;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Pages.Articles;

/// <summary>One of the visitor's own articles, to be changed, published, withdrawn or deleted.</summary>
[UsersOnly]
public sealed class EditModel(ArticlesClient client, Visitor visitor) : EditorPage(client)
{
    private readonly ArticlesClient _client = client;

    [FromRoute(Name = "slug")]
    public string Slug { get; set; } = "";

    /// <summary>The version that the visitor has seen. Only this one is changed.</summary>
    [BindProperty]
    public int Version { get; set; }

    /// <summary>The article as it is now; null while no application server answers.</summary>
    public ArticleDetails? Article { get; private set; }

    /// <summary>The article as it is now, if somebody else has changed what the visitor has changed too.</summary>
    public ArticleDetails? Newer => Problem is { Status: StatusCodes.Status412PreconditionFailed } ? Article : null;

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        var refusal = await LoadAsync(cancellationToken);
        Version = Article?.Version ?? 0;
        return refusal ?? Page();
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var (_, problem) = await _client.ReplaceAsync(Slug, Version, Draft, Key!, cancellationToken);
        return await FinishAsync(problem, "Saved.", () => RedirectToPage(new { Slug }), cancellationToken);
    }

    public async Task<IActionResult> OnPostPublishAsync(CancellationToken cancellationToken)
    {
        var (article, problem) = await _client.ReplaceAsync(Slug, Version, Draft, Key!, cancellationToken);
        if (problem is null)
        {
            (_, problem) = await _client.PublishAsync(Slug, article!.Version, SecondKey, cancellationToken);
        }

        return await FinishAsync(problem, "Published.", () => RedirectToPage("/Articles/Article", new { Slug }), cancellationToken);
    }

    public async Task<IActionResult> OnPostWithdrawAsync(CancellationToken cancellationToken)
    {
        var (_, problem) = await _client.WithdrawAsync(Slug, Version, Key!, cancellationToken);
        return await FinishAsync(problem, "Withdrawn. Only you can read it now.", () => RedirectToPage(new { Slug }), cancellationToken);
    }

    public async Task<IActionResult> OnPostDeleteAsync(CancellationToken cancellationToken)
    {
        var (_, problem) = await _client.DeleteAsync(Slug, Version, Key!, cancellationToken);
        return await FinishAsync(problem, "Deleted.", () => RedirectToPage("/Writing"), cancellationToken);
    }

    // The forms to withdraw and to delete have no text in them.
    protected override bool CanShowTypedAlone => Request.HasFormContentType && Request.Form.ContainsKey(nameof(Markdown));

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        Article = await _client.FindAsync(Slug, cancellationToken);
        if (Article is null)
        {
            return NotFound();
        }

        if (visitor.Account is not null && !visitor.Is(Article.Author.UserName))
        {
            return StatusCode(StatusCodes.Status403Forbidden);
        }

        if (!CanShowTypedAlone)
        {
            (Title, Summary, Markdown, Tags) = (Article.Title, Article.Summary, Article.Markdown, string.Join(", ", Article.Tags));
        }

        if (Newer is not null)
        {
            // The visitor is shown it now, and may replace it knowingly.
            ModelState.Remove(nameof(Version));
            Version = Article.Version;
        }

        return null;
    }
}
