using System.Globalization;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Primitives;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Caching;

/// <summary>
/// Each web server caches pages of anonymous visitors for two seconds. They can be that old after a write through another web server, or
/// after several writes within two seconds (<see cref="PageGeneration"/>). Signed-in visitors always get current pages.
/// </summary>
internal sealed class AnonymousPageCachePolicy(PageGeneration generation) : IOutputCachePolicy
{
    /// <summary>The name of the policy.</summary>
    public const string Name = "anonymous";

    /// <summary>How long a page is cached.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(2);

    public ValueTask CacheRequestAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        var request = context.HttpContext.Request;
        context.EnableOutputCaching = true;
        context.AllowCacheLookup = context.AllowCacheStorage = IsAnonymous(request);
        // With locking, requests would wait for the first one, and fail with it when its client disconnects.
        context.AllowLocking = false;
        context.ResponseExpirationTimeSpan = Lifetime;
        // Pages ignore all other query parameters.
        context.CacheVaryByRules.QueryKeys = new StringValues(["after", "comments", "part", "q"]);
        // A page whose rendering began before a write is stored under an old generation, where no request finds it.
        context.CacheVaryByRules.VaryByValues["generation"] = generation.Current;
        // The footer of the page names the load balancer.
        context.CacheVaryByRules.VaryByValues["load-balancer"] = request.Headers[ServedByExtensions.LoadBalancerHeader].ToString();
        // Pages are cached compressed, so that they are compressed once.
        context.CacheVaryByRules.VaryByValues["encoding"] = context.HttpContext.RequestServices
            .GetRequiredService<IResponseCompressionProvider>()
            .GetCompressionProvider(context.HttpContext)?.EncodingName ?? "";
        return ValueTask.CompletedTask;
    }

    public ValueTask ServeFromCacheAsync(OutputCacheContext context, CancellationToken cancellation) => ValueTask.CompletedTask;

    public ValueTask ServeResponseAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        var response = context.HttpContext.Response;
        context.AllowCacheStorage &=
            response.StatusCode == StatusCodes.Status200OK && StringValues.IsNullOrEmpty(response.Headers.SetCookie);
        return ValueTask.CompletedTask;
    }

    // A status message is for one visitor, and shown once.
    private static bool IsAnonymous(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && !request.Cookies.ContainsKey(SessionCookie.Name) && !request.Cookies.ContainsKey(Forms.StatusMessage.CookieName);
}

/// <summary>
/// Invalidates this server's cached pages after a write through it, but at most once per <see cref="AnonymousPageCachePolicy.Lifetime"/>,
/// so that frequent writes don't make the cache useless.
/// </summary>
public sealed class PageGeneration(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private long _advancedAt =
        clock.GetTimestamp() - (long)(AnonymousPageCachePolicy.Lifetime.TotalSeconds * clock.TimestampFrequency);
    private bool _isAdvancePending;
    private int _current;

    /// <summary>The part of the cache key that changes to invalidate all cached pages.</summary>
    public string Current
    {
        get
        {
            lock (_lock)
            {
                if (_isAdvancePending && clock.GetElapsedTime(_advancedAt) >= AnonymousPageCachePolicy.Lifetime)
                {
                    (_isAdvancePending, _advancedAt) = (false, clock.GetTimestamp());
                    _current++;
                }

                return _current.ToString(CultureInfo.InvariantCulture);
            }
        }
    }

    /// <summary>Records a write.</summary>
    public void Advance()
    {
        lock (_lock)
        {
            _isAdvancePending = true;
        }
    }
}

internal static class CachingExtensions
{
    public static void AddCaching(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PageGeneration>();
        builder.Services.AddOutputCache(options => options.SizeLimit = 32_000_000);
        builder.Services.AddOptions<OutputCacheOptions>().Configure<PageGeneration>(
            (options, generation) => options.AddPolicy(AnonymousPageCachePolicy.Name, new AnonymousPageCachePolicy(generation)));
        // The only secrets in pages are antiforgery tokens, which differ in each response and so resist BREACH (https://breachattack.com).
        builder.Services.AddResponseCompression(options =>
        {
            options.EnableForHttps = true;
            options.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "application/atom+xml"];
        });
    }

    /// <summary>Caches, compresses and validates pages. Static files are compressed at build time.</summary>
    public static void UseCaching(this WebApplication app)
    {
        app.UseOutputCache();
        app.UseResponseCompression();
        app.UseMiddleware<ConditionalRequests>();
    }
}
