using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.OutputCaching;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Articles;
using ScaleUp.Web.Caching;

namespace ScaleUp.Web.Pages;

/// <summary>The home page: all articles, newest first.</summary>
[OutputCache(PolicyName = AnonymousPageCachePolicy.Name)]
public sealed class IndexModel(ArticlesClient client) : PageModel
{
    /// <summary>Articles per page of a list.</summary>
    internal const int PageSize = 5;

    /// <summary>The cursor of this page of the list; null on the first.</summary>
    [FromQuery(Name = "after")]
    public string? After { get; set; }

    public Page<ArticleSummary> Articles { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (await client.ListAsync(PageSize, After, cancellationToken) is not { } page)
        {
            return NotFound();
        }

        Articles = page;
        return Page();
    }
}
