using System.Buffers.Text;

namespace ScaleUp.Web.Sessions;

/// <summary>
/// The cookie with the token of the visitor's session. The token is random, so it needs no encryption. The API validates it for each
/// request, so that a revoked session ends everywhere immediately.
/// </summary>
internal static class SessionCookie
{
    public const string Name = "scaleup-session";

    /// <summary>Bytes of a token; values of another length are ignored without calling the API.</summary>
    private const int TokenLength = 32;

    /// <summary>The maximum lifetime of a session; the API may end it earlier.</summary>
    private static readonly TimeSpan s_lifetime = TimeSpan.FromDays(30);

    public static string? ReadSession(this HttpRequest request) =>
        request.Cookies[Name] is { } token && Base64Url.IsValid(token, out var length) && length == TokenLength ? token : null;

    public static void SetSession(this HttpResponse response, string token) =>
        response.Cookies.Append(Name, token, response.CookieFor(s_lifetime));

    public static void ClearSession(this HttpResponse response) => response.Cookies.Delete(Name, response.CookieFor(null));

    /// <summary>The options of this site's cookies.</summary>
    internal static CookieOptions CookieFor(this HttpResponse response, TimeSpan? lifetime) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Lax,
        Secure = response.HttpContext.Request.IsHttps,
        MaxAge = lifetime,
        IsEssential = true,
    };
}
