namespace ScaleUp.Web.Sessions;

/// <summary>What a visitor's list of sessions calls a device: browser and system, as far as the browser tells.</summary>
internal static class Device
{
    // The more special first: nearly all browsers say that they are Safari, and many that they are Chrome.
    private static readonly (string Sign, string Name)[] s_browsers =
        [("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("Chrome/", "Chrome"), ("CriOS/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl")];

    private static readonly (string Sign, string Name)[] s_systems =
        [("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("CrOS", "ChromeOS"), ("Windows", "Windows"), ("Mac OS X", "macOS"), ("Linux", "Linux")];

    /// <summary>For example <c>Firefox on Linux</c>.</summary>
    public static string Describe(string userAgent)
    {
        var browser = Find(s_browsers, userAgent) ?? "Some program";
        return Find(s_systems, userAgent) is { } system ? $"{browser} on {system}" : browser;
    }

    private static string? Find((string Sign, string Name)[] known, string userAgent) =>
        known.FirstOrDefault(k => userAgent.Contains(k.Sign, StringComparison.Ordinal)).Name;
}
