namespace ScaleUp.Web.Security;

/// <summary>
/// Over TLS all cookies have the prefix <c>__Host-</c>, outside this server: then neither a sibling domain nor a clear-text response can have
/// set them (https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes). Inside they keep their names.
/// </summary>
internal static class CookiePrefix
{
    public const string Prefix = "__Host-";

    /// <summary>Adds the prefix to cookies that leave, and drops those that come without; to be called after forwarded headers are read.</summary>
    public static void UseCookiePrefix(this WebApplication app) => app.Use((context, next) =>
    {
        // The page of an error is made by the same request.
        if (context.Request.IsHttps && context.Items.TryAdd(typeof(CookiePrefix), null))
        {
            Receive(context.Request.Headers);
            context.Response.OnStarting(() =>
            {
                Send(context.Response.Headers);
                return Task.CompletedTask;
            });
        }

        return next(context);
    });

    private static void Receive(IHeaderDictionary headers)
    {
        var cookies = string.Join(';', headers.Cookie.ToArray()).Split(';', StringSplitOptions.TrimEntries)
            .Where(cookie => cookie.StartsWith(Prefix, StringComparison.Ordinal)).Select(cookie => cookie[Prefix.Length..]);
        headers.Cookie = string.Join("; ", cookies);
        if (headers.Cookie.ToString().Length == 0)
        {
            headers.Remove("Cookie");
        }
    }

    private static void Send(IHeaderDictionary headers)
    {
        if (headers.SetCookie.Count > 0)
        {
            headers.SetCookie = headers.SetCookie.Select(cookie => Prefix + cookie).ToArray();
        }
    }
}
