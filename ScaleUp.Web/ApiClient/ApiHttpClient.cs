using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Polly.Timeout;
using ScaleUp.ServiceDefaults;
using ScaleUp.Web.Caching;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.ApiClient;

/// <summary>Calls the API on behalf of the visitor of the current request.</summary>
public sealed class ApiHttpClient(
    HttpClient http,
    Visitor visitor,
    ServedBy servedBy,
    StaleResponseCache cache,
    PageGeneration pages,
    IHttpContextAccessor contexts,
    TimeProvider clock)
{
    /// <summary>Reads a public resource; while the API is unavailable, from the cache.</summary>
    /// <param name="path">Path and query.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The resource; null for 404 and 400 (the URL is invalid).</returns>
    /// <exception cref="ApiUnavailableException">No application server responded, and the response is not cached.</exception>
    public async Task<T?> FindAsync<T>(string path, CancellationToken cancellationToken) where T : class
    {
        var cached = cache.Find(path);
        if (cached is not null && (cache.HasRecentFailure || servedBy.IsApiUnavailable))
        {
            return ReadCached<T>(cached);
        }

        using var softTimeout = new CancellationTokenSource(
            cached is null ? Timeout.InfiniteTimeSpan : StaleResponseCache.SoftTimeout, clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, softTimeout.Token);

        try
        {
            return await FindAsync<T>(path, cached, linked.Token);
        }
        catch (Exception exception) when (cached is not null && !cancellationToken.IsCancellationRequested
            && exception is ApiUnavailableException or OperationCanceledException)
        {
            cache.RecordFailure();
            return ReadCached<T>(cached!);
        }
    }

    private async Task<T?> FindAsync<T>(string path, CachedResponse? cached, CancellationToken cancellationToken) where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        // Responses to signed-in visitors may contain more than the public ones, so they are not cached.
        var isPublic = visitor.Token is null;
        if (isPublic && cached?.ETag is { } etag)
        {
            request.Headers.IfNoneMatch.Add(etag);
        }

        using var response = await SendAsync(request, cancellationToken);
        if (response.StatusCode == HttpStatusCode.NotModified)
        {
            cache.Set(path, cached! with { Time = clock.GetUtcNow() });
            return Deserialize<T>(cached!.Body);
        }

        // For visitors an invalid URL is simply not found; the API's details are for its own clients.
        if (response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.BadRequest)
        {
            cache.Remove(path);
            return null;
        }

        response.EnsureSuccessStatusCode();
        var body = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        if (isPublic)
        {
            cache.Set(path, new CachedResponse(body, response.Headers.ETag, ReadServers(response), clock.GetUtcNow()));
        }

        return Deserialize<T>(body);
    }

    /// <summary>Reads a resource of the visitor or for administrators; it is never cached.</summary>
    /// <param name="path">Path and query.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The resource or the API's error.</returns>
    /// <exception cref="ApiUnavailableException">No application server responded.</exception>
    public async Task<ApiResult<T>> GetPrivateAsync<T>(string path, CancellationToken cancellationToken) where T : class
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using var response = await SendAsync(request, cancellationToken);
        return await ReadAsync<T>(response, cancellationToken);
    }

    /// <summary>Sends a write. The API executes writes with the same idempotency key once.</summary>
    /// <param name="method">The HTTP method.</param>
    /// <param name="path">Path and query.</param>
    /// <param name="body">The JSON body; null for none.</param>
    /// <param name="key">The idempotency key; null for a request that changes nothing, such as a preview.</param>
    /// <param name="version">The version to change (<c>If-Match</c>); null for any.</param>
    /// <param name="cancellationToken">Cancels the request; ignored for writes with a key.</param>
    /// <returns>
    /// The response or the API's error; <see cref="ApiProblem.Unavailable"/> if no application server responded, so that the outcome is
    /// unknown.
    /// </returns>
    public async Task<ApiResult<T>> SendAsync<T>(
        HttpMethod method, string path, object? body, string? key, int? version, CancellationToken cancellationToken) where T : class
    {
        using var request = new HttpRequestMessage(method, path);
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
            // Don't cancel writes when the visitor disconnects.
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
            throw new ApiUnavailableException($"{request.Method} {request.RequestUri}: an earlier call for this page failed");
        }

        if (contexts.HttpContext?.Connection.RemoteIpAddress is { } address)
        {
            // The API counts sign-in attempts by this address.
            request.Headers.Add(HttpHeaderNames.ClientAddress, address.ToString());
        }

        if (visitor.Token is { } token)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        try
        {
            var response = await http.SendAsync(request, cancellationToken);
            if (response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.BadGateway
                or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout)
            {
                response.Dispose();
                servedBy.IsApiUnavailable = true;
                throw new ApiUnavailableException($"{request.Method} {request.RequestUri}: {(int)response.StatusCode}");
            }

            cache.RecordSuccess();
            servedBy.Add(ReadServers(response));
            return response;
        }
        catch (Exception exception) when (exception is HttpRequestException or TimeoutRejectedException)
        {
            servedBy.IsApiUnavailable = true;
            throw new ApiUnavailableException($"{request.Method} {request.RequestUri}: {exception.Message}", exception);
        }
    }

    private static async Task<ApiResult<T>> ReadAsync<T>(HttpResponseMessage response, CancellationToken cancellationToken)
        where T : class =>
        !response.IsSuccessStatusCode ? new(null, await ApiProblem.ReadAsync(response, cancellationToken))
        : response.StatusCode == HttpStatusCode.NoContent ? new(EmptyResponse.Instance as T, null)
        : new(await response.Content.ReadFromJsonAsync<T>(cancellationToken), null);

    private T ReadCached<T>(CachedResponse cached)
    {
        servedBy.AddCached(cached);
        return Deserialize<T>(cached.Body);
    }

    private static string[] ReadServers(HttpResponseMessage response) =>
        ServedBy.Read(response.Headers.TryGetValues(ServerName.Header, out var names) ? string.Join(',', names) : null);

    private static T Deserialize<T>(byte[] json) => JsonSerializer.Deserialize<T>(json, JsonSerializerOptions.Web)!;
}

/// <summary>A complete list.</summary>
/// <param name="Items">The items.</param>
public sealed record ItemList<T>(IReadOnlyList<T> Items);

/// <summary>A page of a list.</summary>
/// <param name="Items">The items on the page.</param>
/// <param name="Next">The cursor of the next page; null on the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);
