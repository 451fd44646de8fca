using System.Net;
using ScaleUp.Web.ApiClient;

namespace ScaleUp.Web.Sessions;

/// <summary>A session that has begun.</summary>
/// <param name="Token">What the cookie gets.</param>
/// <param name="DeviceToken">What the cookie of the device gets.</param>
public sealed record NewSession(string Token, string DeviceToken);

/// <summary>One of the visitor's sessions.</summary>
/// <param name="Id">To revoke it with.</param>
/// <param name="Device">What it was begun with, for example <c>Firefox on Linux</c>.</param>
/// <param name="CreatedAt">When the visitor signed in.</param>
/// <param name="LastSeenAt">When it was used last, exact to a minute.</param>
/// <param name="IsCurrent">Whether it is the session of this request.</param>
public sealed record ListedSession(Guid Id, string Device, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, bool IsCurrent);

/// <summary>Sessions, as the application servers keep them.</summary>
public sealed class SessionsClient(ApiHttpClient api)
{
    private sealed record Current(Account User);

    /// <summary>Tells whose session this request has.</summary>
    /// <returns>The account; null if the session has ended.</returns>
    /// <exception cref="ApiUnavailableException">Nobody can tell.</exception>
    public async Task<Account?> FindAccountAsync(CancellationToken cancellationToken)
    {
        var (current, problem) = await api.GetOwnAsync<Current>("sessions/current", cancellationToken);
        return problem is null or { Status: (int)HttpStatusCode.Unauthorized } ? current?.User : throw new ApiUnavailableException(problem.Detail);
    }

    /// <summary>Begins a session, and ends that of this request.</summary>
    public Task<ApiResult<NewSession>> SignInAsync(
        string userName, string password, string device, string deviceTokens, string key, CancellationToken cancellationToken) =>
        api.SendAsync<NewSession>(HttpMethod.Post, "sessions", new { userName, password, device, deviceTokens }, key, null, cancellationToken);

    /// <summary>Ends the session of this request.</summary>
    public Task<ApiResult<EmptyResponse>> SignOutAsync(string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Delete, "sessions/current", null, key, null, cancellationToken);

    /// <summary>Lists the visitor's sessions, last used first.</summary>
    /// <exception cref="ApiUnavailableException">No application server answered.</exception>
    public Task<ApiResult<ItemList<ListedSession>>> ListAsync(CancellationToken cancellationToken) =>
        api.GetOwnAsync<ItemList<ListedSession>>("sessions", cancellationToken);

    /// <summary>Ends all the visitor's sessions but that of this request.</summary>
    public Task<ApiResult<EmptyResponse>> EndOthersAsync(string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Delete, "sessions", null, key, null, cancellationToken);

    /// <summary>Ends one of the visitor's sessions, at once and on every server.</summary>
    public Task<ApiResult<EmptyResponse>> RevokeAsync(Guid id, string key, CancellationToken cancellationToken) =>
        api.SendAsync<EmptyResponse>(HttpMethod.Delete, $"sessions/{id}", null, key, null, cancellationToken);
}
