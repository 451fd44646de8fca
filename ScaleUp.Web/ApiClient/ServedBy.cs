using ScaleUp.ServiceDefaults;

namespace ScaleUp.Web.ApiClient;

/// <summary>Which servers made this page. One instance a request.</summary>
public sealed class ServedBy
{
    private readonly List<IReadOnlyList<string>> _asked = [];

    /// <summary>The load balancer that the visitor reached, and this web server; for example <c>lb-1, web-2</c>.</summary>
    public IReadOnlyList<string> Front { get; }

    private readonly HttpResponse? _response;

    internal ServedBy(IReadOnlyList<string> front, HttpResponse? response) => (Front, _response) = (front, response);

    /// <summary>The ways to the application servers that were asked, each once; for example <c>lb-2, api-3</c>.</summary>
    public IReadOnlyList<IReadOnlyList<string>> Asked => _asked;

    /// <summary>
    /// When the oldest part of this page was read; null if all of it is of now. Then no application server answers, and the
    /// visitor should be told.
    /// </summary>
    public DateTimeOffset? StaleSince { get; private set; }

    /// <summary>The header by which programs know a page with something stale in it.</summary>
    private const string StaleHeader = "X-Stale";

    /// <summary>An application server was asked for this page, and none answered. The rest of the page need not wait for that again.</summary>
    internal bool IsApiUnavailable { get; set; }

    /// <summary>Adds who gave the answer that this is a copy of.</summary>
    internal void AddCopy(CachedResponse copy)
    {
        Add(copy.ServedBy);
        lock (_asked)
        {
            StaleSince = StaleSince < copy.Time ? StaleSince : copy.Time;
            if (_response is { HasStarted: false })
            {
                _response.Headers[StaleHeader] = "true";
            }
        }
    }

    /// <summary>Adds what an answer says of its way.</summary>
    internal void Add(IReadOnlyList<string> way)
    {
        // A page may ask for several things at once.
        lock (_asked)
        {
            if (way.Count > 0 && !_asked.Any(way.SequenceEqual))
            {
                _asked.Add(way);
            }
        }
    }

    /// <summary>The servers in the value of a header.</summary>
    internal static string[] Read(string? names) =>
        (names ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}

internal static class ServedByExtensions
{
    /// <summary>The header in which a load balancer tells the server behind it which one it is.</summary>
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
