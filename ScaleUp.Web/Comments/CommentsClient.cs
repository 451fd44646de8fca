using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Articles;

namespace ScaleUp.Web.Comments;

/// <summary>A comment, as sanitized HTML.</summary>
public sealed record Comment(Guid Id, Author Author, string Html, DateTimeOffset CreatedAt, bool IsHidden);

/// <summary>Reads and writes comments through the API.</summary>
public sealed class CommentsClient(ApiHttpClient api)
{
    /// <summary>
    /// Returns a page of the comments on an article, oldest first; null if the article does not exist or the cursor is invalid.
    /// </summary>
    /// <exception cref="ApiUnavailableException">No application server responded.</exception>
    public Task<Page<Comment>?> ListAsync(string slug, string? after, CancellationToken cancellationToken) =>
        api.FindAsync<Page<Comment>>(PathOf(slug) + ApiUrl.Query(("cursor", after)), cancellationToken);

    /// <summary>Adds a comment to an article.</summary>
    public Task<ApiResult<Comment>> CreateAsync(string slug, string markdown, string key, CancellationToken cancellationToken) =>
        api.SendAsync<Comment>(HttpMethod.Post, PathOf(slug), new { markdown }, key, null, cancellationToken);

    /// <summary>Deletes one of the visitor's own comments; administrators can delete any comment.</summary>
    public Task<ApiResult<EmptyResponse>> DeleteAsync(Guid id, string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Delete, $"comments/{id}", null, key, null, cancellationToken);

    /// <summary>Hides a comment from everyone except its author and administrators.</summary>
    public Task<ApiResult<EmptyResponse>> HideAsync(Guid id, string reason, string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Put, $"comments/{id}/hidden", new { reason }, key, null, cancellationToken);

    /// <summary>Shows a hidden comment again.</summary>
    public Task<ApiResult<EmptyResponse>> ShowAsync(Guid id, string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Delete, $"comments/{id}/hidden", null, key, null, cancellationToken);

    private static string PathOf(string slug) => $"articles/{Uri.EscapeDataString(slug)}/comments";
}
