using Microsoft.Playwright;

namespace ScaleUp.Tests.Browsing;

/// <summary>How a visitor sees the website.</summary>
/// <param name="Name">For the reader of a test's name, and the folder of its pictures.</param>
/// <param name="Width">Of the window, in CSS pixels.</param>
/// <param name="Height">Of the window, in CSS pixels.</param>
/// <param name="Scheme">Which colours the visitor likes.</param>
internal sealed record Look(string Name, int Width, int Height, ColorScheme Scheme)
{
    public static readonly Look Phone = new("phone-light", 390, 844, ColorScheme.Light);
    public static readonly Look Desktop = new("desktop-light", 1280, 900, ColorScheme.Light);

    /// <summary>Both widths and both colour schemes. The width decides the layout, the scheme the colours, so the other two pairs show nothing new.</summary>
    public static readonly IReadOnlyList<Look> All = [Phone, Desktop with { Name = "desktop-dark", Scheme = ColorScheme.Dark }];

    public static TheoryData<string> Names => [.. All.Select(look => look.Name)];

    public static Look Named(string name) => All.Single(look => look.Name == name);
}
