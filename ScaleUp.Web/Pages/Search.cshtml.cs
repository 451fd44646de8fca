using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.OutputCaching;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Caching;
using ScaleUp.Web.Search;

namespace ScaleUp.Web.Pages;

/// <summary>Searches articles, best matches first.</summary>
[OutputCache(PolicyName = AnonymousPageCachePolicy.Name)]
public sealed class SearchModel(SearchClient client) : PageModel
{
    private const int PageSize = 10;

    /// <summary>The search query.</summary>
    [FromQuery(Name = "q")]
    public string Q { get; set; } = "";

    /// <summary>The cursor of this page of hits; null on the first.</summary>
    [FromQuery(Name = "after")]
    public string? After { get; set; }

    /// <summary><c>hits</c> for the hits alone, which the page's script requests while the visitor types.</summary>
    [FromQuery(Name = "part")]
    public string? Part { get; set; }

    /// <summary>The hits; null if the query is empty or invalid.</summary>
    public Page<SearchHit>? Hits { get; private set; }

    /// <summary>The error message for an invalid query; null otherwise.</summary>
    public string? ErrorMessage { get; private set; }

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (!string.IsNullOrWhiteSpace(Q))
        {
            Hits = await client.SearchAsync(Q, PageSize, After, cancellationToken);
            if (Hits is null)
            {
                Response.StatusCode = StatusCodes.Status400BadRequest;
                ErrorMessage =
                    "Couldn't run this search. Please use at most 200 characters and 16 words. If it takes too long, use rarer words.";
            }
        }

        return Part == "hits" ? Partial("_Hits", this) : Page();
    }
}
