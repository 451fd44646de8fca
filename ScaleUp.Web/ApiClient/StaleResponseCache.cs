using System.Net.Http.Headers;
using Microsoft.Extensions.Caching.Memory;

namespace ScaleUp.Web.ApiClient;

/// <summary>A response of the API to an anonymous visitor.</summary>
/// <param name="Body">The JSON.</param>
/// <param name="ETag">Its ETag; null if it has none.</param>
/// <param name="ServedBy">The servers that produced it.</param>
/// <param name="Time">When it was read or last confirmed by 304.</param>
public sealed record CachedResponse(byte[] Body, EntityTagHeaderValue? ETag, IReadOnlyList<string> ServedBy, DateTimeOffset Time);

/// <summary>
/// Caches public responses, so that visitors can read on while the API is unavailable. As long as an application server responds, it is
/// called for every page.
/// </summary>
public sealed class StaleResponseCache(TimeProvider clock) : IDisposable
{
    /// <summary>Limits how long a withdrawn article can still be read.</summary>
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(10);

    /// <summary>After a failure, cached responses are used for this long before the API is called again.</summary>
    private static readonly TimeSpan s_failureDuration = TimeSpan.FromSeconds(1);

    private const long MaxBytes = 32_000_000;
    private readonly MemoryCache _responses = new(new MemoryCacheOptions { SizeLimit = MaxBytes });
    private long _lastFailure;

    /// <summary>How long a visitor waits for the API before a cached response is used instead.</summary>
    public static readonly TimeSpan SoftTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Whether the API was unavailable within the last second, and has not responded since.</summary>
    public bool HasRecentFailure => clock.GetUtcNow().Ticks - Volatile.Read(ref _lastFailure) < s_failureDuration.Ticks;

    /// <summary>Records that no application server responded.</summary>
    public void RecordFailure() => Volatile.Write(ref _lastFailure, clock.GetUtcNow().Ticks);

    /// <summary>Records that an application server responded.</summary>
    public void RecordSuccess() => Volatile.Write(ref _lastFailure, 0);

    /// <summary>Returns the cached response for a path and query; null if there is none.</summary>
    public CachedResponse? Find(string path) => _responses.Get<CachedResponse>(path);

    /// <summary>Adds or replaces a response.</summary>
    public void Set(string path, CachedResponse response) => _responses.Set(path, response, new MemoryCacheEntryOptions
    {
        Size = response.Body.Length + (2 * path.Length) + 200,
        AbsoluteExpirationRelativeToNow = s_lifetime,
    });

    /// <summary>Removes a response, because the resource no longer exists.</summary>
    public void Remove(string path) => _responses.Remove(path);

    /// <inheritdoc />
    public void Dispose() => _responses.Dispose();
}
