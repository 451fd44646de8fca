using Microsoft.Playwright;

namespace ScaleUp.Tests.Browsing;

/// <summary>A window size and colour scheme.</summary>
/// <param name="Name">Appears in test names and is the folder of the screenshots.</param>
/// <param name="Width">The width of the window in CSS pixels.</param>
/// <param name="Height">The height of the window in CSS pixels.</param>
/// <param name="Scheme">The preferred colour scheme.</param>
internal sealed record Look(string Name, int Width, int Height, ColorScheme Scheme)
{
    public static readonly Look Phone = new("phone-light", 390, 844, ColorScheme.Light);
    public static readonly Look Desktop = new("desktop-light", 1280, 900, ColorScheme.Light);

    /// <summary>
    /// Both widths and both colour schemes. Layout depends only on the width and colours only on the scheme, so two of the four
    /// combinations suffice.
    /// </summary>
    public static readonly IReadOnlyList<Look> All = [Phone, Desktop with { Name = "desktop-dark", Scheme = ColorScheme.Dark }];

    public static TheoryData<string> Names => [.. All.Select(look => look.Name)];

    public static Look Named(string name) => All.Single(look => look.Name == name);
}
