using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.OutputCaching;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Caching;
using ScaleUp.Web.Search;

namespace ScaleUp.Web.Pages;

/// <summary>The search, best hits first.</summary>
[OutputCache(PolicyName = AnonymousPageCachePolicy.Name)]
public sealed class SearchModel(SearchClient client) : PageModel
{
    private const int PageSize = 10;

    /// <summary>What is looked for.</summary>
    [FromQuery(Name = "q")]
    public string Q { get; set; } = "";

    /// <summary>The cursor of this page of hits; null on the first.</summary>
    [FromQuery(Name = "after")]
    public string? After { get; set; }

    /// <summary><c>hits</c> for the hits alone, which the page's script asks for while somebody types.</summary>
    [FromQuery(Name = "part")]
    public string? Part { get; set; }

    /// <summary>What was found; null if nothing was looked for.</summary>
    public Page<SearchHit>? Hits { get; private set; }

    /// <summary>Why this can't be looked for; null if it can.</summary>
    public string? Refusal { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (!string.IsNullOrWhiteSpace(Q))
        {
            Hits = await client.SearchAsync(Q, PageSize, After, cancellationToken);
            if (Hits is null)
            {
                Response.StatusCode = StatusCodes.Status400BadRequest;
                Refusal = "This can't be looked for. Please use at most 200 characters and 16 words, and rarer ones if it takes too long.";
            }
        }

        return Part == "hits" ? Partial("_Hits", this) : Page();
    }
}
