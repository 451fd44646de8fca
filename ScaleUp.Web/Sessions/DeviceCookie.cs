namespace ScaleUp.Web.Sessions;

/// <summary>
/// The device cookie, by which the API recognises a browser that has signed in before, so that other people's guesses don't delay its user.
/// It outlives the session, and holds a token for each of the last four accounts.
/// </summary>
internal static class DeviceCookie
{
    public const string Name = "scaleup-device";

    private const int MaxTokens = 4;
    private const int MaxTokenLength = 64;

    // The maximum in browsers: https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#section-5.5.
    private static readonly TimeSpan s_lifetime = TimeSpan.FromDays(400);

    /// <summary>The tokens, separated by spaces.</summary>
    public static string ReadDevices(this HttpRequest request) => string.Join(' ', Read(request));

    /// <summary>Prepends a token.</summary>
    public static void AddDevice(this HttpResponse response, string token) => response.Cookies.Append(
        Name,
        string.Join('.', Read(response.HttpContext.Request).Prepend(token).Distinct().Take(MaxTokens)),
        response.CookieFor(s_lifetime));

    private static IEnumerable<string> Read(HttpRequest request) =>
        (request.Cookies[Name] ?? "").Split('.', StringSplitOptions.RemoveEmptyEntries)
        .Where(token => token.Length <= MaxTokenLength && token.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')).Take(MaxTokens);
}
