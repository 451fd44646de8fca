using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace ScaleUp.Tests.Browsing;

/// <summary>Inspects a visitor's current page for accessibility and layout faults, and takes screenshots.</summary>
internal static class Inspection
{
    private static readonly string s_axe = new BundledAxeScriptProvider().GetScript();

    private static readonly string s_screenshots = Path.Combine(FindRoot(), "artifacts", "screenshots");

    /// <summary>Takes a screenshot, and fails with all accessibility faults, overflows and browser errors of the current page.</summary>
    /// <param name="visitor">The visitor whose current page to inspect.</param>
    /// <param name="name">The name of the page in screenshots and messages.</param>
    public static async Task InspectAsync(this Visitor visitor, string name)
    {
        await visitor.TakePictureAsync(name);
        string[] faults = [.. await RunAxeAsync(visitor.Page), .. await FindOverflowAsync(visitor), .. visitor.Complaints];
        Assert.True(faults.Length == 0, $"{name} ({visitor.Look.Name}, {visitor.Page.Url}):\n{string.Join('\n', faults)}");
    }

    /// <summary>Inspects the page with every <see cref="Look"/>.</summary>
    public static async Task InspectInAllLooksAsync(this Visitor visitor, string name)
    {
        var own = visitor.Look;
        foreach (var look in Look.All)
        {
            await visitor.ChangeAsync(look);
            await visitor.InspectAsync(name);
        }

        await visitor.ChangeAsync(own);
    }

    /// <summary>Takes a screenshot of the full page.</summary>
    /// <returns>The path of the screenshot.</returns>
    public static async Task<string> TakePictureAsync(this Visitor visitor, string name)
    {
        var path = Path.Combine(s_screenshots, visitor.Look.Name, $"{name}.png");
        // Browsers throttle the rendering of background pages.
        await visitor.Page.BringToFrontAsync();
        await visitor.Page.ScreenshotAsync(new() { Path = path, FullPage = true });
        return path;
    }

    // Runs axe in the page itself, because Deque's own runner opens a second page for each result (to support frames) and is many times
    // slower.
    private static async Task<string[]> RunAxeAsync(IPage page)
    {
        if (!await page.EvaluateAsync<bool>("() => 'axe' in window"))
        {
            await page.EvaluateAsync(s_axe);
        }

        return await page.EvaluateAsync<string[]>(
            """
            async () => {
              const tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
              const { violations } = await axe.run({ runOnly: tags, resultTypes: ["violations"], preload: false });
              return violations.flatMap(rule => rule.nodes.map(node =>
                `${rule.id} at ${node.target.join(" ")}: ${rule.help}. ${node.failureSummary}\n  ${node.html}\n  ${rule.helpUrl}`));
            }
            """);
    }

    // Elements that scroll, such as a wide table, may be wider than the page.
    private static async Task<string[]> FindOverflowAsync(Visitor visitor) => await visitor.Page.EvaluateAsync<string[]>(
        """
        width => document.documentElement.scrollWidth <= width ? [] : [...document.querySelectorAll("body *")]
          .filter(e => e.getBoundingClientRect().right > width)
          .map(e => `wider than ${width} pixels: ${e.outerHTML.slice(0, 200)}`)
        """,
        visitor.Look.Width);

    private static string FindRoot()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "ScaleUp.sln")))
        {
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException(
                $"{AppContext.BaseDirectory} is not inside the repository.");
        }

        return folder;
    }
}
