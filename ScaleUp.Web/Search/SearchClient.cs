using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Articles;

namespace ScaleUp.Web.Search;

/// <summary>An article that was found; in the pieces of its text (HTML) the words are in <c>mark</c> elements.</summary>
public sealed record SearchHit(string Slug, string Title, string Highlight, Author Author, DateTimeOffset PublishedAt);

/// <summary>The search of the application servers.</summary>
public sealed class SearchClient(ApiHttpClient api)
{
    /// <summary>Returns a page of the articles that have these words, best first; null if they can't be looked for.</summary>
    /// <exception cref="ApiUnavailableException">No application server answered.</exception>
    public Task<Page<SearchHit>?> SearchAsync(string words, int limit, string? after, CancellationToken cancellationToken) =>
        api.FindAsync<Page<SearchHit>>("search" + ApiUrl.Query(("q", words), ("limit", $"{limit}"), ("cursor", after)), cancellationToken);
}
