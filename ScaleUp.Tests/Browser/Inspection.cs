using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace ScaleUp.Tests.Browsing;

/// <summary>Looks at the page that a visitor has before them: what is wrong with it for somebody, and a picture for those who run the tests.</summary>
internal static class Inspection
{
    private static readonly string s_axe = new BundledAxeScriptProvider().GetScript();

    private static readonly string s_pictures = Path.Combine(FindRoot(), "artifacts", "screenshots");

    /// <summary>Fails with everything that is wrong with the page as the visitor sees it.</summary>
    /// <param name="visitor">Who has the page before them.</param>
    /// <param name="name">What the page is called in pictures and messages.</param>
    public static async Task InspectAsync(this Visitor visitor, string name)
    {
        await visitor.TakePictureAsync(name);
        string[] faults = [.. await RunAxeAsync(visitor.Page), .. await FindOverflowAsync(visitor), .. visitor.Complaints];
        Assert.True(faults.Length == 0, $"{name} ({visitor.Look.Name}, {visitor.Page.Url}):\n{string.Join('\n', faults)}");
    }

    /// <summary>Does the same for every look of the page.</summary>
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

    /// <summary>Takes a picture of the whole page.</summary>
    /// <returns>Where it is.</returns>
    public static async Task<string> TakePictureAsync(this Visitor visitor, string name)
    {
        var path = Path.Combine(s_pictures, visitor.Look.Name, $"{name}.png");
        // A browser hardly draws what is behind something else.
        await visitor.Page.BringToFrontAsync();
        await visitor.Page.ScreenshotAsync(new() { Path = path, FullPage = true });
        return path;
    }

    // In the page itself: Deque's own way opens a second page for each result, in case there are frames, and takes many times as long.
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

    // What scrolls by itself, such as a wide table, may be wider than the page.
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
            folder = Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} is not in the repository.");
        }

        return folder;
    }
}
