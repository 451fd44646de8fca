using AngleSharp.Html.Parser;

namespace ScaleUp.Tests.Drills.Visitors;

/// <summary>The pages that visitors open, of every kind.</summary>
/// <param name="Pages">The addresses of public pages.</param>
/// <param name="Articles">The slugs of articles to comment on.</param>
internal sealed record Sights(IReadOnlyList<string> Pages, IReadOnlyList<string> Articles)
{
    private const int Most = 4;
    private static readonly string[] s_searches = ["/search?q=server", "/search?q=load+balancer", "/search?q=retry"];

    /// <summary>Discovers the pages by the links on the first two pages and on the page of all tags.</summary>
    /// <exception cref="InvalidOperationException">A kind of page is missing; the message names it.</exception>
    public static async Task<Sights> FindAsync(Func<string, Task<HttpPage>> open)
    {
        var start = LinksOf(await open("/"));
        var later = start.Where(link => link.IsNext).Select(link => link.Path).Take(1).ToArray();
        var both = later.Length > 0 ? start.Concat(LinksOf(await open(later[0]))).ToArray() : start;
        var articles = both.Select(link => link.Path.Split('?', '#')[0])
            .Where(path => path.StartsWith("/articles/", StringComparison.Ordinal) && path.Count(c => c == '/') == 2 &&
                path != "/articles/new")
            .Distinct().Take(3 * Most).ToArray();
        var tags = LinksOf(await open("/tags")).Where(link => link.Path.StartsWith("/tags/", StringComparison.Ordinal))
            .Select(link => link.Path).Distinct().Take(Most).ToArray();
        var authors = both.Where(link => link.Path.StartsWith("/authors/", StringComparison.Ordinal)).Select(link => link.Path).Distinct()
            .Take(Most).ToArray();

        var kinds = new[] { ("articles", articles), ("a link to a later page", later), ("tags", tags), ("authors", authors) };
        foreach (var (what, found) in kinds)
        {
            if (found.Length == 0)
            {
                throw new InvalidOperationException($"The website shows no {what}, so the load would not be representative.");
            }
        }

        // The front page is the most frequent; all others are equally frequent.
        return new(["/", "/", "/", "/feed", "/tags", .. later, .. tags, .. authors, .. s_searches, .. articles],
            [.. articles.Select(path => path.Split('/')[2])]);
    }

    private static Link[] LinksOf(HttpPage page)
    {
        using var document = new HtmlParser().ParseDocument(page.Text);
        return [.. document.Links.Select(link => new Link(link.GetAttribute("href") ?? "", link.GetAttribute("rel") == "next"))];
    }

    private sealed record Link(string Path, bool IsNext);
}
