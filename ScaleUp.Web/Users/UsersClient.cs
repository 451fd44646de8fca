using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Users;

/// <summary>The public profile of a user.</summary>
public sealed record Profile(string UserName, string DisplayName, DateTimeOffset JoinedAt, int ArticleCount);

/// <summary>A user as administrators see them.</summary>
public sealed record ListedUser(
    string UserName, string DisplayName, DateTimeOffset JoinedAt, bool IsAdministrator, DateTimeOffset? BlockedAt, string? BlockReason,
    string? BlockedBy);

/// <summary>Reads and writes users through the API.</summary>
public sealed class UsersClient(ApiHttpClient api)
{
    /// <summary>Returns the public profile of a user; null if the user does not exist.</summary>
    /// <exception cref="ApiUnavailableException">No application server responded.</exception>
    public Task<Profile?> FindAsync(string userName, CancellationToken cancellationToken) =>
        api.FindAsync<Profile>($"users/{Uri.EscapeDataString(userName)}", cancellationToken);

    /// <summary>Registers a user.</summary>
    public Task<ApiResult<Account>> RegisterAsync(
        string userName, string displayName, string password, string key, CancellationToken cancellationToken) =>
        api.SendAsync<Account>(HttpMethod.Post, "users", new { userName, displayName, password }, key, null, cancellationToken);

    /// <summary>Changes the visitor's display name.</summary>
    public Task<ApiResult<Account>> RenameAsync(string displayName, string key, CancellationToken cancellationToken) =>
        api.SendAsync<Account>(HttpMethod.Put, "users/me", new { displayName }, key, null, cancellationToken);

    /// <summary>Changes the visitor's password and ends all other sessions of the visitor.</summary>
    public Task<ApiResult<EmptyResponse>> ChangePasswordAsync(
        string currentPassword, string newPassword, string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(
            HttpMethod.Put, "users/me/password", new { currentPassword, newPassword }, key, null, cancellationToken);

    /// <summary>Lists users for an administrator, newest first.</summary>
    /// <exception cref="ApiUnavailableException">No application server responded.</exception>
    public Task<ApiResult<Page<ListedUser>>> ListAsync(string? after, CancellationToken cancellationToken) =>
        api.GetPrivateAsync<Page<ListedUser>>("users" + ApiUrl.Query(("cursor", after)), cancellationToken);

    /// <summary>Blocks a user from signing in, and ends the user's sessions.</summary>
    public Task<ApiResult<EmptyResponse>> BlockAsync(string userName, string reason, string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Post, BlockPathOf(userName), new { reason }, key, null, cancellationToken);

    /// <summary>Unblocks a user.</summary>
    public Task<ApiResult<EmptyResponse>> UnblockAsync(string userName, string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Delete, BlockPathOf(userName), null, key, null, cancellationToken);

    private static string BlockPathOf(string userName) => $"users/{Uri.EscapeDataString(userName)}/block";
}
