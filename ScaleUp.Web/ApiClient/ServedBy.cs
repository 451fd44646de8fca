using ScaleUp.ServiceDefaults;

namespace ScaleUp.Web.ApiClient;

/// <summary>The servers that produced this page. One instance per request.</summary>
public sealed class ServedBy
{
    /// <summary>The header that marks pages with stale content.</summary>
    private const string StaleHeader = "X-Stale";

    private readonly List<IReadOnlyList<string>> _upstreams = [];
    private readonly HttpResponse? _response;

    internal ServedBy(IReadOnlyList<string> frontend, HttpResponse? response) => (Frontend, _response) = (frontend, response);

    /// <summary>The load balancer that received the request, and this web server; for example <c>lb-1, web-2</c>.</summary>
    public IReadOnlyList<string> Frontend { get; }

    /// <summary>The distinct routes of this page's calls to the API; for example <c>lb-2, api-3</c>.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Upstreams => _upstreams;

    /// <summary>
    /// The age of the oldest cached response on this page; null if everything is current. If it is set, the API is unavailable and the
    /// page should say so.
    /// </summary>
    public DateTimeOffset? StaleSince { get; private set; }

    /// <summary>Whether a call for this page found no application server, so that the rest of the page does not wait for another.</summary>
    internal bool IsApiUnavailable { get; set; }

    /// <summary>Adds the servers of a cached response.</summary>
    internal void AddCached(CachedResponse cached)
    {
        Add(cached.ServedBy);
        lock (_upstreams)
        {
            StaleSince = StaleSince < cached.Time ? StaleSince : cached.Time;
            if (_response is { HasStarted: false })
            {
                _response.Headers[StaleHeader] = "true";
            }
        }
    }

    /// <summary>Adds the servers of a response.</summary>
    internal void Add(IReadOnlyList<string> servers)
    {
        // A page may have several calls in flight.
        lock (_upstreams)
        {
            if (servers.Count > 0 && !_upstreams.Any(servers.SequenceEqual))
            {
                _upstreams.Add(servers);
            }
        }
    }

    /// <summary>Parses a header's comma-separated server names.</summary>
    internal static string[] Read(string? names) =>
        (names ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

internal static class ServedByExtensions
{
    /// <summary>The request header with the load balancer's name.</summary>
    public const string LoadBalancerHeader = "X-Forwarded-Server";

    public static void AddServedBy(this WebApplicationBuilder builder)
    {
        var self = ServerName.Read(builder.Configuration, builder.Environment);

        builder.Services.AddHttpContextAccessor();
        builder.Services.AddScoped(services =>
        {
            var context = services.GetRequiredService<IHttpContextAccessor>().HttpContext;
            return new ServedBy([.. ServedBy.Read(context?.Request.Headers[LoadBalancerHeader]), self], context?.Response);
        });
    }
}
