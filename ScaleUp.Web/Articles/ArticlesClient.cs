using ScaleUp.Web.ApiClient;

namespace ScaleUp.Web.Articles;

/// <summary>Reads and writes articles through the API.</summary>
public sealed class ArticlesClient(ApiHttpClient api)
{
    /// <summary>Returns a page of articles, newest first; null if the cursor is invalid.</summary>
    /// <exception cref="ApiUnavailableException">No application server responded.</exception>
    public Task<Page<ArticleSummary>?> ListAsync(
        int limit, string? after, CancellationToken cancellationToken, string? tag = null, string? author = null) =>
        api.FindAsync<Page<ArticleSummary>>(
            "articles" + ApiUrl.Query(("limit", $"{limit}"), ("cursor", after), ("tag", tag), ("author", author)), cancellationToken);

    /// <summary>Returns an article; null if it does not exist or the visitor may not read it.</summary>
    /// <exception cref="ApiUnavailableException">No application server responded.</exception>
    public Task<ArticleDetails?> FindAsync(string slug, CancellationToken cancellationToken) =>
        api.FindAsync<ArticleDetails>(PathOf(slug), cancellationToken);

    /// <summary>Lists all tags, most used first.</summary>
    /// <exception cref="ApiUnavailableException">No application server responded.</exception>
    public async Task<IReadOnlyList<Tag>> ListTagsAsync(CancellationToken cancellationToken) =>
        (await api.FindAsync<ItemList<Tag>>("tags", cancellationToken))?.Items ?? [];

    /// <summary>Returns a page of the visitor's own articles, newest first.</summary>
    /// <exception cref="ApiUnavailableException">No application server responded.</exception>
    public Task<ApiResult<Page<OwnArticle>>> ListOwnAsync(string? after, CancellationToken cancellationToken) =>
        api.GetPrivateAsync<Page<OwnArticle>>("me/articles" + ApiUrl.Query(("cursor", after)), cancellationToken);

    /// <summary>Creates a draft.</summary>
    public Task<ApiResult<ArticleDetails>> CreateAsync(ArticleDraft draft, string key, CancellationToken cancellationToken) =>
        api.SendAsync<ArticleDetails>(HttpMethod.Post, "articles", draft, key, null, cancellationToken);

    /// <summary>Replaces the visitor's article if it still has this version.</summary>
    public Task<ApiResult<ArticleDetails>> ReplaceAsync(
        string slug, int version, ArticleDraft draft, string key, CancellationToken cancellationToken) =>
        api.SendAsync<ArticleDetails>(HttpMethod.Put, PathOf(slug), draft, key, version, cancellationToken);

    /// <summary>Publishes the visitor's article if it still has this version.</summary>
    public Task<ApiResult<ArticleDetails>> PublishAsync(string slug, int version, string key, CancellationToken cancellationToken) =>
        api.SendAsync<ArticleDetails>(HttpMethod.Post, $"{PathOf(slug)}/publish", null, key, version, cancellationToken);

    /// <summary>Withdraws the visitor's article if it still has this version; only its author can read it then.</summary>
    public Task<ApiResult<ArticleDetails>> WithdrawAsync(string slug, int version, string key, CancellationToken cancellationToken) =>
        api.SendAsync<ArticleDetails>(HttpMethod.Post, $"{PathOf(slug)}/withdraw", null, key, version, cancellationToken);

    /// <summary>Deletes the visitor's article with its comments if it still has this version.</summary>
    public Task<ApiResult<EmptyResponse>> DeleteAsync(string slug, int version, string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Delete, PathOf(slug), null, key, version, cancellationToken);

    /// <summary>Hides an article from everyone except its author and administrators.</summary>
    public Task<ApiResult<EmptyResponse>> HideAsync(string slug, string reason, string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Put, $"{PathOf(slug)}/hidden", new { reason }, key, null, cancellationToken);

    /// <summary>Shows a hidden article again.</summary>
    public Task<ApiResult<EmptyResponse>> ShowAsync(string slug, string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Delete, $"{PathOf(slug)}/hidden", null, key, null, cancellationToken);

    /// <summary>Renders a preview; nothing is stored.</summary>
    public Task<ApiResult<Preview>> PreviewAsync(string markdown, CancellationToken cancellationToken) =>
        api.SendAsync<Preview>(HttpMethod.Post, "articles/preview", new { markdown }, null, null, cancellationToken);

    private static string PathOf(string slug) => $"articles/{Uri.EscapeDataString(slug)}";
}
