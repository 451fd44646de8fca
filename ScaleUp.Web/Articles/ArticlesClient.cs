using System.Net;

namespace ScaleUp.Web.Articles;

/// <summary>Who wrote an article.</summary>
public sealed record Author(string UserName, string DisplayName);

/// <summary>An article in a list.</summary>
public sealed record ArticleSummary(string Slug, string Title, string Summary, Author Author, DateTimeOffset PublishedAt);

/// <summary>An article with its text, in Markdown.</summary>
public sealed record ArticleDetails(string Slug, string Title, string Summary, Author Author, DateTimeOffset PublishedAt, string Markdown);

/// <summary>One page of the list; <paramref name="Next"/> is the cursor of the following page, null on the last.</summary>
public sealed record ArticlePage(IReadOnlyList<ArticleSummary> Items, string? Next);

/// <summary>The articles, as the application servers give them.</summary>
public sealed class ArticlesClient(HttpClient http, ServedBy servedBy)
{
    /// <summary>Returns a page of articles, newest first, or null if there is no such page (the cursor is none).</summary>
    /// <exception cref="HttpRequestException">No application server gave an answer.</exception>
    public Task<ArticlePage?> ListAsync(int limit, string? after, CancellationToken cancellationToken) =>
        GetAsync<ArticlePage>($"articles?limit={limit}" + (after is null ? "" : $"&after={Uri.EscapeDataString(after)}"), cancellationToken);

    /// <summary>Returns an article, or null if there is none with this slug.</summary>
    /// <exception cref="HttpRequestException">No application server gave an answer.</exception>
    public Task<ArticleDetails?> FindAsync(string slug, CancellationToken cancellationToken) =>
        GetAsync<ArticleDetails>($"articles/{Uri.EscapeDataString(slug)}", cancellationToken);

    private async Task<T?> GetAsync<T>(string path, CancellationToken cancellationToken) where T : class
    {
        using var response = await http.GetAsync(new Uri(path, UriKind.Relative), cancellationToken);
        servedBy.Add(response.Headers.TryGetValues("X-Served-By", out var names) ? string.Join(',', names) : null);

        // The visitor's address was off; what the API says of it in detail is for clients of the API.
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest)
        {
            return null;
        }

        response.EnsureSuccessStatusCode();
        return await response.Content.ReadFromJsonAsync<T>(cancellationToken);
    }
}

internal static class ArticlesExtensions
{
    // Service discovery knows two endpoints for this name: the internal frontend of each load balancer.
    private static readonly Uri s_api = new("http://api");

    public static void AddArticles(this WebApplicationBuilder builder) =>
        builder.Services.AddHttpClient<ArticlesClient>(http => http.BaseAddress = s_api);
}
