using System.ServiceModel.Syndication;
using System.Text;
using System.Xml;
using ScaleUp.Web.Caching;

namespace ScaleUp.Web.Articles;

/// <summary>The Atom feed of the newest articles (RFC 4287).</summary>
internal static class Feed
{
    private const int Size = 20;

    // Tag URIs (RFC 4151) identify the feed and its entries even if the site's address changes.
    private const string Id = "tag:scaleup,2026:";

    public static void MapFeed(this WebApplication app) =>
        app.MapMethods("/feed", [HttpMethods.Get, HttpMethods.Head], GetAsync).CacheOutput(AnonymousPageCachePolicy.Name);

    private static async Task<IResult> GetAsync(
        ArticlesClient articles, HttpRequest request, HttpResponse response, CancellationToken cancellationToken)
    {
        var site = CanonicalUrl.Of(request);
        var page = await articles.ListAsync(Size, null, cancellationToken);
        var feed = new SyndicationFeed(page?.Items.Select(article => ToItem(article, site)) ?? [])
        {
            Id = $"{Id}feed",
            Title = new TextSyndicationContent("ScaleUp"),
            Description = new TextSyndicationContent("A website that survives the loss of any of its servers"),
            LastUpdatedTime = page is { Items.Count: > 0 } ? page.Items.Max(GetUpdated) : default,
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

    private static SyndicationItem ToItem(ArticleSummary article, Uri site)
    {
        var url = new Uri(site, $"articles/{article.Slug}");
        var item = new SyndicationItem(
            ReplaceNoncharacters(article.Title), (SyndicationContent?)null, url, $"{Id}articles/{article.Slug}", GetUpdated(article))
        {
            PublishDate = article.PublishedAt,
            Summary = new TextSyndicationContent(ReplaceNoncharacters(article.Summary)),
            Authors =
            {
                new SyndicationPerson(
                    null, ReplaceNoncharacters(article.Author.DisplayName), new Uri(site, $"authors/{article.Author.UserName}").ToString()),
            },
        };
        foreach (var tag in article.Tags)
        {
            item.Categories.Add(new SyndicationCategory(tag));
        }

        return item;
    }

    // The last change may be older than the publication.
    private static DateTimeOffset GetUpdated(ArticleSummary article) =>
        article.UpdatedAt > article.PublishedAt ? article.UpdatedAt : article.PublishedAt;

    // The database stores these characters, but XML doesn't allow them: https://www.w3.org/TR/xml/#charsets.
    private static string ReplaceNoncharacters(string text) => text.Replace('\uFFFE', '\uFFFD').Replace('\uFFFF', '\uFFFD');
}
