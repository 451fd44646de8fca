namespace ScaleUp.Web.Sessions;

/// <summary>Names the browser and the operating system of a <c>User-Agent</c> header, for the visitor's list of sessions.</summary>
internal static class UserAgent
{
    // Order matters: nearly all browsers contain "Safari", and many contain "Chrome".
    private static readonly (string Token, string Name)[] s_browsers =
    [
        ("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("Chrome/", "Chrome"), ("CriOS/", "Chrome"),
        ("Safari/", "Safari"), ("curl/", "curl"),
    ];

    private static readonly (string Token, string Name)[] s_systems =
    [
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"),
        ("Mac OS X", "macOS"), ("Linux", "Linux"),
    ];

    /// <summary>Returns a description such as <c>Firefox on Linux</c>.</summary>
    public static string Describe(string userAgent)
    {
        var browser = Find(s_browsers, userAgent) ?? "Unknown browser";
        return Find(s_systems, userAgent) is { } system ? $"{browser} on {system}" : browser;
    }

    private static string? Find((string Token, string Name)[] known, string userAgent) =>
        known.FirstOrDefault(k => userAgent.Contains(k.Token, StringComparison.Ordinal)).Name;
}
