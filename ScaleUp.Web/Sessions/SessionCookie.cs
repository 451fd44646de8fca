using System.Buffers.Text;

namespace ScaleUp.Web.Sessions;

/// <summary>
/// The cookie that has the token of the visitor's session. The token is random and known to nobody else, so it needs no
/// encryption; what it is worth is looked up in each request, so that a session that was ended is ended everywhere.
/// </summary>
internal static class SessionCookie
{
    public const string Name = "scaleup-session";

    /// <summary>Bytes of a token; what has another length is none and not worth a question.</summary>
    private const int TokenLength = 32;

    /// <summary>As long as a session can live at most; that it may end before is the application servers' business.</summary>
    private static readonly TimeSpan s_lifetime = TimeSpan.FromDays(30);

    public static string? ReadSession(this HttpRequest request) =>
        request.Cookies[Name] is { } token && Base64Url.IsValid(token, out var length) && length == TokenLength ? token : null;

    public static void SetSession(this HttpResponse response, string token) => response.Cookies.Append(Name, token, response.CookieFor(s_lifetime));

    public static void ClearSession(this HttpResponse response) => response.Cookies.Delete(Name, response.CookieFor(null));

    /// <summary>What a cookie of this site is like.</summary>
    internal static CookieOptions CookieFor(this HttpResponse response, TimeSpan? lifetime) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = response.HttpContext.Request.IsHttps,
        MaxAge = lifetime,
        IsEssential = true,
    };
}
