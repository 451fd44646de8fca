using Microsoft.AspNetCore.Diagnostics;

namespace ScaleUp.Web.Security;

/// <summary>
/// Rejects cross-site requests by the headers <c>Sec-Fetch-Site</c> and <c>Origin</c> of browsers. For clients that send neither,
/// antiforgery tokens protect forms
/// (https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html).
/// </summary>
internal static class SameOrigin
{
    private const string FetchSite = "Sec-Fetch-Site";

    public static void UseSameOrigin(this WebApplication app) => app.Use((context, next) =>
    {
        var request = context.Request;
        return HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method)
            || context.Features.Get<IExceptionHandlerFeature>() is not null || IsSameOrigin(request)
            ? next(context)
            : throw new BadHttpRequestException("Cross-site requests are not allowed.");
    });

    private static bool IsSameOrigin(HttpRequest request) => request.Headers[FetchSite].ToString() switch
    {
        "same-origin" or "none" => true,
        "" => request.Headers.Origin.ToString() is var origin && (origin.Length == 0 || IsOwnHost(origin, request.Host)),
        _ => false,
    };

    // Ignores the scheme, because a proxy in front of the load balancers may terminate TLS.
    private static bool IsOwnHost(string origin, HostString host) =>
        Uri.TryCreate(origin, UriKind.Absolute, out var page) && page is { Scheme: "http" or "https" }
        && string.Equals(page.Host, host.Host, StringComparison.OrdinalIgnoreCase)
        && page.Port == (host.Port ?? (page.Scheme == "https" ? 443 : 80));
}
