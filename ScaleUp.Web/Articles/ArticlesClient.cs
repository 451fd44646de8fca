using ScaleUp.Web.ApiClient;

namespace ScaleUp.Web.Articles;

/// <summary>Articles, as the application servers keep them.</summary>
public sealed class ArticlesClient(ApiHttpClient api)
{
    /// <summary>Returns a page of articles, newest first; null if there is no such page (the cursor is none).</summary>
    /// <exception cref="ApiUnavailableException">No application server answered.</exception>
    public Task<Page<ArticleSummary>?> ListAsync(int limit, string? after, CancellationToken cancellationToken, string? tag = null, string? author = null) =>
        api.FindAsync<Page<ArticleSummary>>(
            "articles" + ApiUrl.Query(("limit", $"{limit}"), ("cursor", after), ("tag", tag), ("author", author)), cancellationToken);

    /// <summary>Returns an article, or null if there is none with this slug that the visitor may read.</summary>
    /// <exception cref="ApiUnavailableException">No application server answered.</exception>
    public Task<ArticleDetails?> FindAsync(string slug, CancellationToken cancellationToken) =>
        api.FindAsync<ArticleDetails>(AddressOf(slug), cancellationToken);

    /// <summary>Lists all tags, most used first.</summary>
    /// <exception cref="ApiUnavailableException">No application server answered.</exception>
    public async Task<IReadOnlyList<Tag>> ListTagsAsync(CancellationToken cancellationToken) =>
        (await api.FindAsync<ItemList<Tag>>("tags", cancellationToken))?.Items ?? [];

    /// <summary>Returns a page of the visitor's own articles, newest first.</summary>
    /// <exception cref="ApiUnavailableException">No application server answered.</exception>
    public Task<ApiResult<Page<OwnArticle>>> ListOwnAsync(string? after, CancellationToken cancellationToken) =>
        api.GetOwnAsync<Page<OwnArticle>>("me/articles" + ApiUrl.Query(("cursor", after)), cancellationToken);

    /// <summary>Creates a draft.</summary>
    public Task<ApiResult<ArticleDetails>> CreateAsync(ArticleDraft draft, string key, CancellationToken cancellationToken) =>
        api.SendAsync<ArticleDetails>(HttpMethod.Post, "articles", draft, key, null, cancellationToken);

    /// <summary>Replaces a version of the visitor's article.</summary>
    public Task<ApiResult<ArticleDetails>> ReplaceAsync(string slug, int version, ArticleDraft draft, string key, CancellationToken cancellationToken) =>
        api.SendAsync<ArticleDetails>(HttpMethod.Put, AddressOf(slug), draft, key, version, cancellationToken);

    /// <summary>Lets everybody read a version of the visitor's article.</summary>
    public Task<ApiResult<ArticleDetails>> PublishAsync(string slug, int version, string key, CancellationToken cancellationToken) =>
        api.SendAsync<ArticleDetails>(HttpMethod.Post, $"{AddressOf(slug)}/publish", null, key, version, cancellationToken);

    /// <summary>Lets nobody else read the visitor's article any more.</summary>
    public Task<ApiResult<ArticleDetails>> WithdrawAsync(string slug, int version, string key, CancellationToken cancellationToken) =>
        api.SendAsync<ArticleDetails>(HttpMethod.Post, $"{AddressOf(slug)}/withdraw", null, key, version, cancellationToken);

    /// <summary>Deletes a version of the visitor's article, with its comments.</summary>
    public Task<ApiResult<EmptyResponse>> DeleteAsync(string slug, int version, string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Delete, AddressOf(slug), null, key, version, cancellationToken);

    /// <summary>Hides an article from all but its author and administrators.</summary>
    public Task<ApiResult<EmptyResponse>> HideAsync(string slug, string reason, string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Put, $"{AddressOf(slug)}/hidden", new { reason }, key, null, cancellationToken);

    /// <summary>Shows a hidden article again.</summary>
    public Task<ApiResult<EmptyResponse>> ShowAsync(string slug, string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Delete, $"{AddressOf(slug)}/hidden", null, key, null, cancellationToken);

    /// <summary>Shows how a text would look; nothing is stored.</summary>
    public Task<ApiResult<Preview>> PreviewAsync(string markdown, CancellationToken cancellationToken) =>
        api.SendAsync<Preview>(HttpMethod.Post, "articles/preview", new { markdown }, null, null, cancellationToken);

    private static string AddressOf(string slug) => $"articles/{Uri.EscapeDataString(slug)}";
}
