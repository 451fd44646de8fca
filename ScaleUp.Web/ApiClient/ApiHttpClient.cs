using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Polly.Timeout;
using ScaleUp.ServiceDefaults;
using ScaleUp.Web.Caching;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.ApiClient;

/// <summary>Asks the application servers in the name of the visitor of this request.</summary>
public sealed class ApiHttpClient(
    HttpClient http, Visitor visitor, ServedBy servedBy, StaleResponseCache copies, PageGeneration pages, IHttpContextAccessor contexts, TimeProvider clock)
{
    // Application servers take it from those who have the service key: attempts to sign in are counted by it.
    private const string AddressHeader = HttpHeaderNames.ClientAddress;

    /// <summary>Reads what everybody may read; while no application server answers, from a copy.</summary>
    /// <param name="address">Path and query.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What is there; null if there is nothing (404, or an address that cannot be right).</returns>
    /// <exception cref="ApiUnavailableException">No application server answered, and there is no copy.</exception>
    public async Task<T?> FindAsync<T>(string address, CancellationToken cancellationToken) where T : class
    {
        var copy = copies.Find(address);
        if (copy is not null && (copies.AreNeeded || servedBy.IsApiUnavailable))
        {
            return ReadCopy<T>(copy);
        }

        using var limit = new CancellationTokenSource(copy is null ? Timeout.InfiniteTimeSpan : StaleResponseCache.SoftTimeout, clock);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);

        try
        {
            return await FindAsync<T>(address, copy, patience.Token);
        }
        catch (Exception exception) when (copy is not null && !cancellationToken.IsCancellationRequested
            && exception is ApiUnavailableException or OperationCanceledException)
        {
            copies.RecordFailure();
            return ReadCopy<T>(copy!);
        }
    }

    private async Task<T?> FindAsync<T>(string address, CachedResponse? copy, CancellationToken cancellationToken) where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        // A signed-in visitor may read more than everybody, so theirs is another answer.
        var isPublic = visitor.Token is null;
        if (isPublic && copy?.Version is { } version)
        {
            request.Headers.IfNoneMatch.Add(version);
        }

        using var response = await SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotModified)
        {
            copies.Keep(address, copy! with { Time = clock.GetUtcNow() });
            return Deserialize<T>(copy!.Body);
        }

        // The visitor's address was off; what the API says of it in detail is for clients of the API.
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest)
        {
            copies.Forget(address);
            return null;
        }

        response.EnsureSuccessStatusCode();
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (isPublic)
        {
            copies.Keep(address, new CachedResponse(body, response.Headers.ETag, WayOf(response), clock.GetUtcNow()));
        }

        return Deserialize<T>(body);
    }

    /// <summary>Reads what is the visitor's own, or an administrator's.</summary>
    /// <param name="address">Path and query.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>What is there, or why it is not to be had.</returns>
    /// <exception cref="ApiUnavailableException">No application server answered.</exception>
    public async Task<ApiResult<T>> GetOwnAsync<T>(string address, CancellationToken cancellationToken) where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var response = await SendAsync(request, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    /// <summary>Writes. However often the same write is sent with the same key, it is done once.</summary>
    /// <param name="method">The HTTP method.</param>
    /// <param name="address">Path and query.</param>
    /// <param name="body">What is sent as JSON; null for nothing.</param>
    /// <param name="key">The idempotency key; null for what changes nothing, such as a preview.</param>
    /// <param name="version">The version that is to be changed; null if it does not matter.</param>
    /// <param name="cancellationToken">Ends the wait, if there is no key.</param>
    /// <returns>The answer, or why it was not done; <see cref="ApiProblem.Unavailable"/> if that is not known.</returns>
    public async Task<ApiResult<T>> SendAsync<T>(
        HttpMethod method, string address, object? body, string? key, int? version, CancellationToken cancellationToken) where T : class
    {
        using var request = new HttpRequestMessage(method, address);
        request.Content = body is null ? null : JsonContent.Create(body);
        if (key is not null)
        {
            request.Headers.Add(HttpHeaderNames.IdempotencyKey, key);
        }

        if (version is { } v)
        {
            request.Headers.IfMatch.Add(new EntityTagHeaderValue($"\"{v}\""));
        }

        try
        {
            // What is to be stored and has come this far is stored, also if the visitor has left: they have sent it off.
            using var response = await SendAsync(request, key is null ? cancellationToken : CancellationToken.None);
            if (response.IsSuccessStatusCode && key is not null)
            {
                pages.Advance();
            }

            return await ReadAsync<T>(response, cancellationToken);
        }
        catch (ApiUnavailableException)
        {
            return new(null, ApiProblem.Unavailable);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (servedBy.IsApiUnavailable)
        {
            throw new ApiUnavailableException($"{request.Method} {request.RequestUri}: nobody has answered before");
        }

        if (contexts.HttpContext?.Connection.RemoteIpAddress is { } address)
        {
            request.Headers.Add(AddressHeader, address.ToString());
        }

        if (visitor.Token is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        try
        {
            var response = await http.SendAsync(request, cancellationToken);
            if (response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout)
            {
                response.Dispose();
                servedBy.IsApiUnavailable = true;
                throw new ApiUnavailableException($"{request.Method} {request.RequestUri}: {(int)response.StatusCode}");
            }

            copies.RecordSuccess();
            servedBy.Add(WayOf(response));
            return response;
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutRejectedException)
        {
            servedBy.IsApiUnavailable = true;
            throw new ApiUnavailableException($"{request.Method} {request.RequestUri}: {exception.Message}", exception);
        }
    }

    private static async Task<ApiResult<T>> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken) where T : class =>
        !response.IsSuccessStatusCode ? new(null, await ApiProblem.ReadAsync(response, cancellationToken))
        : response.StatusCode == HttpStatusCode.NoContent ? new(EmptyResponse.Instance as T, null)
        : new(await response.Content.ReadFromJsonAsync<T>(cancellationToken), null);

    private T ReadCopy<T>(CachedResponse copy)
    {
        servedBy.AddCopy(copy);
        return Deserialize<T>(copy.Body);
    }

    private static string[] WayOf(HttpResponseMessage response) =>
        ServedBy.Read(response.Headers.TryGetValues(ServerName.Header, out var names) ? string.Join(',', names) : null);

    private static T Deserialize<T>(byte[] json) => JsonSerializer.Deserialize<T>(json, JsonSerializerOptions.Web)!;
}

/// <summary>All of a list that is short by nature.</summary>
/// <param name="Items">What is in it.</param>
public sealed record ItemList<T>(IReadOnlyList<T> Items);

/// <summary>One page of a list.</summary>
/// <param name="Items">What is on it.</param>
/// <param name="Next">The cursor of the following page; null on the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
