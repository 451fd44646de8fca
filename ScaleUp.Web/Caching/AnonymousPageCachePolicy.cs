using System.Globalization;
using Microsoft.AspNetCore.OutputCaching;
using Microsoft.AspNetCore.ResponseCompression;
using Microsoft.Extensions.Primitives;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Caching;

/// <summary>
/// Pages for somebody who is not signed in are made once in two seconds by each web server. That is how old they can be when
/// something was written by way of another one, or more than once in that time (<see cref="PageGeneration"/>); whoever is signed in
/// sees everything as it is.
/// </summary>
internal sealed class AnonymousPageCachePolicy(PageGeneration generation) : IOutputCachePolicy
{
    /// <summary>The name of the policy.</summary>
    public const string Name = "anonymous";

    /// <summary>How long a page is kept.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(2);

    public ValueTask CacheRequestAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        var request = context.HttpContext.Request;
        context.EnableOutputCaching = true;
        context.AllowCacheLookup = context.AllowCacheStorage = IsAnonymous(request);
        // Requests would wait for the first of them, and fail with it when its visitor goes away.
        context.AllowLocking = false;
        context.ResponseExpirationTimeSpan = Lifetime;
        // What else stands in an address changes nothing in the page.
        context.CacheVaryByRules.QueryKeys = new StringValues(["after", "comments", "part", "q"]);
        // A page that was begun before something was written is kept, if at all, where nobody looks any more.
        context.CacheVaryByRules.VaryByValues["generation"] = generation.Current;
        // The foot of the page names the load balancer.
        context.CacheVaryByRules.VaryByValues["load-balancer"] = request.Headers[ServedByExtensions.LoadBalancerHeader].ToString();
        // A page is kept as it is sent, compressed, so that this is done once too.
        context.CacheVaryByRules.VaryByValues["encoding"] = context.HttpContext.RequestServices.GetRequiredService<IResponseCompressionProvider>()
            .GetCompressionProvider(context.HttpContext)?.EncodingName ?? "";
        return ValueTask.CompletedTask;
    }

    public ValueTask ServeFromCacheAsync(OutputCacheContext context, CancellationToken cancellation) => ValueTask.CompletedTask;

    public ValueTask ServeResponseAsync(OutputCacheContext context, CancellationToken cancellation)
    {
        var response = context.HttpContext.Response;
        context.AllowCacheStorage &= response.StatusCode == StatusCodes.Status200OK && StringValues.IsNullOrEmpty(response.Headers.SetCookie);
        return ValueTask.CompletedTask;
    }

    // A notice is for the visitor who did something, and shown once.
    private static bool IsAnonymous(HttpRequest request) =>
        (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        && !request.Cookies.ContainsKey(SessionCookie.Name) && !request.Cookies.ContainsKey(Forms.StatusMessage.CookieName);
}

/// <summary>
/// What was written by way of this server is on its next pages, unless writes come so often that no page would be kept at all: then the
/// pages of all writes of one lifetime are made anew together.
/// </summary>
public sealed class PageGeneration(TimeProvider clock)
{
    private readonly Lock _lock = new();
    private long _advanced = clock.GetTimestamp() - (long)(AnonymousPageCachePolicy.Lifetime.TotalSeconds * clock.TimestampFrequency);
    private bool _isDue;
    private int _current;

    /// <summary>Pages of one generation are kept together. It is another one after a write, at most once in <see cref="AnonymousPageCachePolicy.Lifetime"/>.</summary>
    public string Current
    {
        get
        {
            lock (_lock)
            {
                if (_isDue && clock.GetElapsedTime(_advanced) >= AnonymousPageCachePolicy.Lifetime)
                {
                    (_isDue, _advanced) = (false, clock.GetTimestamp());
                    _current++;
                }

                return _current.ToString(CultureInfo.InvariantCulture);
            }
        }
    }

    /// <summary>Something was written.</summary>
    public void Advance()
    {
        lock (_lock)
        {
            _isDue = true;
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
        // Pages have nothing secret in them beside tokens that are different in each (https://breachattack.com).
        builder.Services.AddResponseCompression(options =>
        {
            options.EnableForHttps = true;
            options.MimeTypes = [.. ResponseCompressionDefaults.MimeTypes, "application/atom+xml"];
        });
    }

    /// <summary>Pages are compressed here and nowhere else; static files were when they were built.</summary>
    public static void UseCaching(this WebApplication app)
    {
        app.UseOutputCache();
        app.UseResponseCompression();
        app.UseMiddleware<ConditionalRequests>();
    }
}
