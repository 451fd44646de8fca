using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OutputCaching;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Articles;
using ScaleUp.Web.Caching;
using ScaleUp.Web.Comments;
using ScaleUp.Web.Forms;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Pages.Articles;

/// <summary>An article with its comments.</summary>
[OutputCache(PolicyName = AnonymousPageCachePolicy.Name)]
public sealed class ArticleModel(ArticlesClient articles, CommentsClient comments, Visitor visitor) : FormPage
{
    [FromRoute(Name = "slug")]
    public string Slug { get; set; } = "";

    /// <summary>The cursor of this page of comments; null on the first.</summary>
    [FromQuery(Name = "comments")]
    public string? After { get; set; }

    /// <summary>The text of the visitor's comment.</summary>
    [BindProperty]
    public string Markdown { get; set; } = "";

    /// <summary>The comment to delete, hide or show.</summary>
    [BindProperty]
    public Guid Id { get; set; }

    /// <summary>An administrator's reason for hiding the article or a comment.</summary>
    [BindProperty]
    public string Reason { get; set; } = "";

    public Visitor Visitor => visitor;

    /// <summary>The article; null if it failed to load while a comment's form is shown again.</summary>
    public ArticleDetails? Article { get; private set; }

    public Page<Comment> Comments { get; private set; } = new([], null);

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => await LoadAsync(cancellationToken) ?? Page();

    public Task<IActionResult> OnPostCommentAsync(CancellationToken cancellationToken) =>
        FinishAsync(
            comments.CreateAsync(Slug, Markdown.Replace("\r\n", "\n", StringComparison.Ordinal), Key!, cancellationToken),
            "Comment posted.",
            cancellationToken);

    public Task<IActionResult> OnPostDeleteCommentAsync(CancellationToken cancellationToken) =>
        FinishAsync(comments.DeleteAsync(Id, Key!, cancellationToken), "The comment was deleted.", cancellationToken);

    public Task<IActionResult> OnPostHideCommentAsync(CancellationToken cancellationToken) =>
        FinishAsync(comments.HideAsync(Id, Reason, Key!, cancellationToken), "The comment is hidden.", cancellationToken);

    public Task<IActionResult> OnPostShowCommentAsync(CancellationToken cancellationToken) =>
        FinishAsync(comments.ShowAsync(Id, Key!, cancellationToken), "The comment is visible again.", cancellationToken);

    public Task<IActionResult> OnPostHideAsync(CancellationToken cancellationToken) =>
        FinishAsync(articles.HideAsync(Slug, Reason, Key!, cancellationToken), "The article is hidden.", cancellationToken);

    public Task<IActionResult> OnPostShowAsync(CancellationToken cancellationToken) =>
        FinishAsync(articles.ShowAsync(Slug, Key!, cancellationToken), "The article is visible again.", cancellationToken);

    private async Task<IActionResult> FinishAsync<T>(Task<ApiResult<T>> write, string statusMessage, CancellationToken cancellationToken)
        where T : class =>
        await FinishAsync((await write).Problem, statusMessage, () => RedirectToPage(new { Slug }), cancellationToken);

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        var (article, page) = (articles.FindAsync(Slug, cancellationToken), comments.ListAsync(Slug, After, cancellationToken));
        await Task.WhenAll(article, page);
        if (await article is not { } found || await page is not { } listed)
        {
            return NotFound();
        }

        (Article, Comments) = (found, listed);
        return null;
    }
}
