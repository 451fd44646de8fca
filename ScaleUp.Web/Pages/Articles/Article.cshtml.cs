using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using ScaleUp.Web.Articles;

namespace ScaleUp.Web.Pages.Articles;

/// <summary>One article.</summary>
public sealed class ArticleModel(ArticlesClient client) : PageModel
{
    public ArticleDetails Article { get; private set; } = null!;

    public async Task<IActionResult> OnGetAsync(string slug, CancellationToken cancellationToken)
    {
        if (await client.FindAsync(slug, cancellationToken) is not { } article)
        {
            return NotFound();
        }

        Article = article;
        return Page();
    }
}
