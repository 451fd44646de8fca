using System.Xml.Linq;
using ScaleUp.Web.Caching;

namespace ScaleUp.Web.Articles;

/// <summary>Files for search engines: robots.txt (RFC 9309) and the sitemap (https://www.sitemaps.org/protocol.html).</summary>
internal static class SearchEngines
{
    private const int PageSize = 100;

    /// <summary>Limits the sitemap to the newest 1,000 articles; search engines find older ones by links.</summary>
    private const int MaxPages = 10;

    private static readonly XNamespace s_sitemap = "http://www.sitemaps.org/schemas/sitemap/0.9";

    public static void MapSearchEngines(this WebApplication app)
    {
        app.MapMethods("/robots.txt", [HttpMethods.Get, HttpMethods.Head], GetRobots).CacheOutput(AnonymousPageCachePolicy.Name);
        app.MapMethods("/sitemap.xml", [HttpMethods.Get, HttpMethods.Head], GetSitemapAsync).CacheOutput(AnonymousPageCachePolicy.Name);
    }

    private static IResult GetRobots(HttpRequest request) => Results.Text($"""
        User-agent: *
        Disallow: /account
        Disallow: /admin/
        Disallow: /articles/new
        Disallow: /register
        Disallow: /search
        Disallow: /sign-in
        Disallow: /sign-out
        Disallow: /writing

        Sitemap: {new Uri(CanonicalUrl.Of(request), "sitemap.xml")}

        """, "text/plain; charset=utf-8");

    private static async Task<IResult> GetSitemapAsync(ArticlesClient articles, HttpRequest request, CancellationToken cancellationToken)
    {
        var site = CanonicalUrl.Of(request);
        var pages = new List<XElement> { ToUrlElement(site, "", null), ToUrlElement(site, "tags", null) };
        string? after = null;
        for (var i = 0; i < MaxPages; i++)
        {
            if (await articles.ListAsync(PageSize, after, cancellationToken) is not { } page)
            {
                break;
            }

            pages.AddRange(page.Items.Select(article => ToUrlElement(site, $"articles/{article.Slug}", article.UpdatedAt)));
            if ((after = page.Next) is null)
            {
                break;
            }
        }

        return Results.Text(
            $"""<?xml version="1.0" encoding="utf-8"?>{"\n"}{new XElement(s_sitemap + "urlset", pages)}""",
            "application/xml; charset=utf-8");
    }

    private static XElement ToUrlElement(Uri site, string path, DateTimeOffset? time) => new(
        s_sitemap + "url",
        new XElement(s_sitemap + "loc", new Uri(site, path)),
        time is { } t ? new XElement(s_sitemap + "lastmod", t.Machine()) : null);
}
