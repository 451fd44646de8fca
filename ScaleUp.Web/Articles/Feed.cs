using System.ServiceModel.Syndication;
using System.Text;
using System.Xml;
using ScaleUp.Web.Caching;

namespace ScaleUp.Web.Articles;

/// <summary>The newest articles for feed readers, as Atom (RFC 4287).</summary>
internal static class Feed
{
    private const int Size = 20;

    // By which readers know the feed and its entries again, whatever the site is called at the moment (RFC 4151).
    private const string Id = "tag:scaleup,2026:";

    public static void MapFeed(this WebApplication app) => app.MapMethods("/feed", [HttpMethods.Get, HttpMethods.Head], GetAsync).CacheOutput(AnonymousPageCachePolicy.Name);

    private static async Task<IResult> GetAsync(ArticlesClient articles, HttpRequest request, HttpResponse response, CancellationToken cancellationToken)
    {
        var site = CanonicalUrl.Of(request);
        var page = await articles.ListAsync(Size, null, cancellationToken);
        var feed = new SyndicationFeed(page?.Items.Select(article => ItemOf(article, site)) ?? [])
        {
            Id = $"{Id}feed",
            Title = new TextSyndicationContent("ScaleUp"),
            Description = new TextSyndicationContent("A website that survives the loss of any of its servers"),
            LastUpdatedTime = page is { Items.Count: > 0 } ? page.Items.Max(UpdatedAt) : default,
            Links = { SyndicationLink.CreateSelfLink(new Uri(site, "feed")), SyndicationLink.CreateAlternateLink(site) },
        };

        var text = new MemoryStream();
        await using (var writer = XmlWriter.Create(text, new XmlWriterSettings { Async = true, Encoding = new UTF8Encoding(false) }))
        {
            feed.SaveAsAtom10(writer);
        }

        response.GetTypedHeaders().LastModified = feed.LastUpdatedTime == default ? null : feed.LastUpdatedTime;
        return Results.Bytes(text.ToArray(), "application/atom+xml; charset=utf-8");
    }

    private static SyndicationItem ItemOf(ArticleSummary article, Uri site)
    {
        var address = new Uri(site, $"articles/{article.Slug}");
        var item = new SyndicationItem(Clean(article.Title), (SyndicationContent?)null, address, $"{Id}articles/{article.Slug}", UpdatedAt(article))
        {
            PublishDate = article.PublishedAt,
            Summary = new TextSyndicationContent(Clean(article.Summary)),
            Authors = { new SyndicationPerson(null, Clean(article.Author.DisplayName), new Uri(site, $"authors/{article.Author.UserName}").ToString()) },
        };
        foreach (var tag in article.Tags)
        {
            item.Categories.Add(new SyndicationCategory(tag));
        }

        return item;
    }

    // An article may have been changed before it was published.
    private static DateTimeOffset UpdatedAt(ArticleSummary article) => article.UpdatedAt > article.PublishedAt ? article.UpdatedAt : article.PublishedAt;

    // Characters that a database takes and XML does not: https://www.w3.org/TR/xml/#charsets
    private static string Clean(string text) => text.Replace('\uFFFE', '\uFFFD').Replace('\uFFFF', '\uFFFD');
}
