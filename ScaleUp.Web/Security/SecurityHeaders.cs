namespace ScaleUp.Web.Security;

/// <summary>What a browser may do with the pages of this site: as little as they need.</summary>
internal static class SecurityHeaders
{
    // No script, style or frame but the site's own files, whatever an article should manage to smuggle in. Its pictures may be
    // anywhere, but not in clear text.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' https:; connect-src 'self'; form-action 'self'; " +
        "base-uri 'none'; frame-ancestors 'none'";

    /// <summary>
    /// Has the browser forget what it keeps of this site, after a session has ended. Not its cookies: that of the session is deleted by itself, and that of
    /// the device keeps others from delaying the next sign-in.
    /// </summary>
    public static void ClearSite(this HttpResponse response) => response.Headers["Clear-Site-Data"] = "\"cache\", \"storage\"";

    /// <summary>Sets the headers in every answer, those of errors too.</summary>
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
            // A page of one visitor is never another's, and going back after signing out shows nothing.
            if (context.Response.ContentType?.StartsWith("text/html", StringComparison.Ordinal) is true && headers.CacheControl.Count == 0)
            {
                headers.CacheControl = "private, no-cache";
            }

            return Task.CompletedTask;
        });
        return next(context);
    });
}
