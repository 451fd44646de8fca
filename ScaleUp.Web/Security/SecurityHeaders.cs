namespace ScaleUp.Web.Security;

/// <summary>Restricts what pages of this site may do in a browser.</summary>
internal static class SecurityHeaders
{
    // Scripts and styles only from the site's own files, even if an article bypasses sanitization. Images may come from any HTTPS site.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; connect-src 'self'; form-action 'self'; " +
        "base-uri 'none'; frame-ancestors 'none'";

    /// <summary>
    /// Clears the browser's cache and storage of this site after sign-out. Cookies stay: the session cookie is deleted separately, and the
    /// device cookie protects the next sign-in from being delayed by other people's guesses.
    /// </summary>
    public static void ClearSite(this HttpResponse response) => response.Headers["Clear-Site-Data"] = "\"cache\", \"storage\"";

    /// <summary>Sets the headers of all responses, including errors.</summary>
    public static void UseSecurityHeaders(this WebApplication app) => app.Use((context, next) =>
    {
        context.Response.OnStarting(() =>
        {
            var headers = context.Response.Headers;
            headers.ContentSecurityPolicy = ContentSecurityPolicy;
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "same-origin";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=(), payment=(), usb=()";
            // Shared caches must not store pages, and going back after sign-out must not show them.
            if (context.Response.ContentType?.StartsWith("text/html", StringComparison.Ordinal) is true && headers.CacheControl.Count == 0)
            {
                headers.CacheControl = "private, no-cache";
            }

            return Task.CompletedTask;
        });
        return next(context);
    });
}
