using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Articles;
using ScaleUp.Web.Forms;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Pages.Articles;

/// <summary>Edits, publishes, withdraws or deletes one of the visitor's own articles.</summary>
[RequireSignIn]
public sealed class EditModel(ArticlesClient client, Visitor visitor) : EditorPage(client)
{
    private readonly ArticlesClient _client = client;

    [FromRoute(Name = "slug")]
    public string Slug { get; set; } = "";

    /// <summary>The version that the visitor has edited; the API rejects writes to any other with 412.</summary>
    [BindProperty]
    public int Version { get; set; }

    /// <summary>The current version of the article; null while the API is unavailable.</summary>
    public ArticleDetails? Article { get; private set; }

    /// <summary>The current version, if the article was changed after the visitor opened it; otherwise null.</summary>
    public ArticleDetails? Newer => Problem is { Status: StatusCodes.Status412PreconditionFailed } ? Article : null;

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        var result = await LoadAsync(cancellationToken);
        Version = Article?.Version ?? 0;
        return result ?? Page();
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

    // The forms to withdraw and to delete contain no text.
    protected override bool CanShowInputAlone => Request.HasFormContentType && Request.Form.ContainsKey(nameof(Markdown));

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

        if (!CanShowInputAlone)
        {
            (Title, Summary, Markdown, Tags) = (Article.Title, Article.Summary, Article.Markdown, string.Join(", ", Article.Tags));
        }

        if (Newer is not null)
        {
            // The page shows the current version, so the visitor may overwrite it.
            ModelState.Remove(nameof(Version));
            Version = Article.Version;
        }

        return null;
    }
}
