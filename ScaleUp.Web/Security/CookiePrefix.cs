namespace ScaleUp.Web.Security;

/// <summary>
/// Over TLS, browsers store all cookies with the prefix <c>__Host-</c>, so that neither a sibling domain nor a clear-text response can set
/// them (https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes). The code uses names without prefix.
/// </summary>
internal static class CookiePrefix
{
    public const string Prefix = "__Host-";

    /// <summary>
    /// Adds the prefix to the cookies of responses, and drops cookies of requests that lack it. Call it after forwarded headers.
    /// </summary>
    public static void UseCookiePrefix(this WebApplication app) => app.Use((context, next) =>
    {
        // Once per request: the error page re-executes the pipeline.
        if (context.Request.IsHttps && context.Items.TryAdd(typeof(CookiePrefix), null))
        {
            RemovePrefix(context.Request.Headers);
            context.Response.OnStarting(() =>
            {
                AddPrefix(context.Response.Headers);
                return Task.CompletedTask;
            });
        }

        return next(context);
    });

    private static void RemovePrefix(IHeaderDictionary headers)
    {
        var cookies = string.Join(';', headers.Cookie.ToArray()).Split(';', StringSplitOptions.TrimEntries)
            .Where(cookie => cookie.StartsWith(Prefix, StringComparison.Ordinal))
            .Select(cookie => cookie[Prefix.Length..]);
        headers.Cookie = string.Join("; ", cookies);
        if (headers.Cookie.ToString().Length == 0)
        {
            headers.Remove("Cookie");
        }
    }

    private static void AddPrefix(IHeaderDictionary headers)
    {
        if (headers.SetCookie.Count > 0)
        {
            headers.SetCookie = headers.SetCookie.Select(cookie => Prefix + cookie).ToArray();
        }
    }
}
