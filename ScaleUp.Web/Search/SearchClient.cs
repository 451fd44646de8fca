using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Articles;

namespace ScaleUp.Web.Search;

/// <summary>A search hit.</summary>
/// <param name="Slug">The article's slug.</param>
/// <param name="Title">The article's title.</param>
/// <param name="Highlight">Excerpts of the text as HTML, with the search words in <c>mark</c> elements.</param>
/// <param name="Author">The article's author.</param>
/// <param name="PublishedAt">When the article was published.</param>
public sealed record SearchHit(string Slug, string Title, string Highlight, Author Author, DateTimeOffset PublishedAt);

/// <summary>Searches articles through the API.</summary>
public sealed class SearchClient(ApiHttpClient api)
{
    /// <summary>Returns a page of the articles that match a query, best matches first; null if the query is invalid.</summary>
    /// <exception cref="ApiUnavailableException">No application server responded.</exception>
    public Task<Page<SearchHit>?> SearchAsync(string query, int limit, string? after, CancellationToken cancellationToken) =>
        api.FindAsync<Page<SearchHit>>("search" + ApiUrl.Query(("q", query), ("limit", $"{limit}"), ("cursor", after)), cancellationToken);
}
