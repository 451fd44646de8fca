using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using ScaleUp.Web.Articles;

namespace ScaleUp.Web.Pages;

/// <summary>The front page: the articles, newest first.</summary>
public sealed class IndexModel(ArticlesClient client) : PageModel
{
    private const int PageSize = 5;

    /// <summary>The cursor of this page in the list; null on the first.</summary>
    [BindProperty(SupportsGet = true)]
    public string? After { get; set; }

    /// <summary>The cursor of the next page; null on the last.</summary>
    public string? Next { get; private set; }

    public IReadOnlyList<ArticleSummary> Articles { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (await client.ListAsync(PageSize, After, cancellationToken) is not { } page)
        {
            return NotFound();
        }

        Articles = page.Items;
        Next = page.Next;
        return Page();
    }
}
