using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.OutputCaching;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Articles;
using ScaleUp.Web.Caching;

namespace ScaleUp.Web.Pages.Tags;

/// <summary>The articles with a tag, newest first.</summary>
[OutputCache(PolicyName = AnonymousPageCachePolicy.Name)]
public sealed class TagModel(ArticlesClient client) : PageModel
{
    /// <summary>The cursor of this page of the list; null on the first.</summary>
    [FromQuery(Name = "after")]
    public string? After { get; set; }

    public string Tag { get; private set; } = "";

    public Page<ArticleSummary> Articles { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync([FromRoute] string tag, CancellationToken cancellationToken)
    {
        // A tag without articles does not exist.
        if (await client.ListAsync(IndexModel.PageSize, After, cancellationToken, tag: tag) is not { Items.Count: > 0 } page)
        {
            return NotFound();
        }

        (Tag, Articles) = (tag, page);
        return Page();
    }
}
