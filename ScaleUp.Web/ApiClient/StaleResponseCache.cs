using System.Net.Http.Headers;
using Microsoft.Extensions.Caching.Memory;

namespace ScaleUp.Web.ApiClient;

/// <summary>An answer that an application server once gave to somebody who was not signed in.</summary>
/// <param name="Body">The JSON.</param>
/// <param name="Version">Its ETag; null if it has none.</param>
/// <param name="ServedBy">Who gave it.</param>
/// <param name="Time">When.</param>
public sealed record CachedResponse(byte[] Body, EntityTagHeaderValue? Version, IReadOnlyList<string> ServedBy, DateTimeOffset Time);

/// <summary>
/// Copies of what everybody may read, so that reading goes on while no application server answers. They are for that time
/// alone: as long as one answers, it is asked.
/// </summary>
public sealed class StaleResponseCache(TimeProvider clock) : IDisposable
{
    /// <summary>Older ones are of no use: an article may have been withdrawn since.</summary>
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(10);

    /// <summary>After a failure nobody waits for the next one, but reads the copy at once.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);

    private const long MaxBytes = 32_000_000;
    private readonly MemoryCache _copies = new(new MemoryCacheOptions { SizeLimit = MaxBytes });
    private long _failure;

    /// <summary>How long somebody waits for an answer who could have a copy.</summary>
    public static readonly TimeSpan SoftTimeout = TimeSpan.FromSeconds(2);

    /// <summary>Whether it has just been seen that nobody answers.</summary>
    public bool AreNeeded => clock.GetUtcNow().Ticks - Volatile.Read(ref _failure) < s_pause.Ticks;

    /// <summary>Nobody has answered.</summary>
    public void RecordFailure() => Volatile.Write(ref _failure, clock.GetUtcNow().Ticks);

    /// <summary>Somebody has answered.</summary>
    public void RecordSuccess() => Volatile.Write(ref _failure, 0);

    /// <summary>The copy of what is at this address; null if there is none.</summary>
    public CachedResponse? Find(string address) => _copies.Get<CachedResponse>(address);

    /// <summary>Keeps a copy, instead of an earlier one.</summary>
    public void Keep(string address, CachedResponse copy) =>
        _copies.Set(address, copy, new MemoryCacheEntryOptions { Size = copy.Body.Length + (2 * address.Length) + 200, AbsoluteExpirationRelativeToNow = s_lifetime });

    /// <summary>There is nothing at this address any more.</summary>
    public void Forget(string address) => _copies.Remove(address);

    /// <inheritdoc />
    public void Dispose() => _copies.Dispose();
}
