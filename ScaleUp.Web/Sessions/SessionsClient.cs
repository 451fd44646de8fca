using System.Net;
using ScaleUp.Web.ApiClient;

namespace ScaleUp.Web.Sessions;

/// <summary>A new session.</summary>
/// <param name="Token">The value of the session cookie.</param>
/// <param name="DeviceToken">A token for the device cookie.</param>
public sealed record NewSession(string Token, string DeviceToken);

/// <summary>One of the visitor's sessions.</summary>
/// <param name="Id">Identifies the session when revoking it.</param>
/// <param name="Device">The browser that signed in, for example <c>Firefox on Linux</c>.</param>
/// <param name="CreatedAt">When the visitor signed in.</param>
/// <param name="LastSeenAt">When the session was last used, to within a minute.</param>
/// <param name="IsCurrent">Whether this request belongs to the session.</param>
public sealed record ListedSession(Guid Id, string Device, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, bool IsCurrent);

/// <summary>Reads and writes sessions through the API.</summary>
public sealed class SessionsClient(ApiHttpClient api)
{
    private sealed record Current(Account User);

    /// <summary>Finds the account of this request's session.</summary>
    /// <returns>The account; null if the session has ended.</returns>
    /// <exception cref="ApiUnavailableException">The API can't validate the session.</exception>
    public async Task<Account?> FindAccountAsync(CancellationToken cancellationToken)
    {
        var (current, problem) = await api.GetPrivateAsync<Current>("sessions/current", cancellationToken);
        return problem is null or { Status: (int)HttpStatusCode.Unauthorized }
            ? current?.User
            : throw new ApiUnavailableException(problem.Detail);
    }

    /// <summary>Creates a session, and ends the session of this request.</summary>
    public Task<ApiResult<NewSession>> SignInAsync(
        string userName, string password, string device, string deviceTokens, string key, CancellationToken cancellationToken) =>
        api.SendAsync<NewSession>(
            HttpMethod.Post, "sessions", new { userName, password, device, deviceTokens }, key, null, cancellationToken);

    /// <summary>Ends the session of this request.</summary>
    public Task<ApiResult<EmptyResponse>> SignOutAsync(string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Delete, "sessions/current", null, key, null, cancellationToken);

    /// <summary>Lists the visitor's sessions, most recently used first.</summary>
    /// <exception cref="ApiUnavailableException">No application server responded.</exception>
    public Task<ApiResult<ItemList<ListedSession>>> ListAsync(CancellationToken cancellationToken) =>
        api.GetPrivateAsync<ItemList<ListedSession>>("sessions", cancellationToken);

    /// <summary>Ends all sessions of the visitor except the current one.</summary>
    public Task<ApiResult<EmptyResponse>> EndOthersAsync(string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Delete, "sessions", null, key, null, cancellationToken);

    /// <summary>Ends one of the visitor's sessions, immediately and on all servers.</summary>
    public Task<ApiResult<EmptyResponse>> RevokeAsync(Guid id, string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Delete, $"sessions/{id}", null, key, null, cancellationToken);
}
