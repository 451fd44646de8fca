using Microsoft.AspNetCore.Diagnostics;

namespace ScaleUp.Web.Security;

/// <summary>
/// Refuses what a page of another site sends: browsers say in <c>Sec-Fetch-Site</c> and <c>Origin</c> where a request comes from. Programs send
/// neither; against them forms have tokens (https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html).
/// </summary>
internal static class SameOrigin
{
    private const string FetchSite = "Sec-Fetch-Site";

    public static void UseSameOrigin(this WebApplication app) => app.Use((context, next) =>
    {
        var request = context.Request;
        return HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)
            || context.Features.Get<IExceptionHandlerFeature>() is not null || IsSame(request)
            ? next(context)
            : throw new BadHttpRequestException("The request comes from a page of another site.");
    });

    private static bool IsSame(HttpRequest request) => request.Headers[FetchSite].ToString() switch
    {
        "same-origin" or "none" => true,
        "" => request.Headers.Origin.ToString() is var origin && (origin.Length == 0 || IsOwn(origin, request.Host)),
        _ => false,
    };

    // Not the scheme: a proxy in front of the load balancers may have ended TLS.
    private static bool IsOwn(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page) && page is { Scheme: "http" or "https" }
        && string.Equals(page.Host, host.Host, StringComparison.OrdinalIgnoreCase)
        && page.Port == (host.Port ?? (page.Scheme == "https" ? 443 : 80));
}
