using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Articles;
using ScaleUp.Web.Forms;

namespace ScaleUp.Web.Pages;

/// <summary>The visitor's own articles, newest first.</summary>
[RequireSignIn]
public sealed class WritingModel(ArticlesClient client) : FormPage
{
    /// <summary>The cursor of this page of the list; null on the first.</summary>
    [FromQuery(Name = "after")]
    public string? After { get; set; }

    public Page<OwnArticle> Articles { get; private set; } = new([], null);

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        var (articles, problem) = await client.ListOwnAsync(After, cancellationToken);
        Articles = articles ?? Articles;
        return problem is null ? Page() : ToErrorResult(problem);
    }
}
