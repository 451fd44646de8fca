using ScaleUp.Api.Paging;

namespace ScaleUp.Tests.Topology;

/// <summary>Pages whose address is unique and thus in no web server's cache, so that each request passes through all tiers.</summary>
internal static class FreshPages
{
    /// <summary>The articles older than now, which are all of them.</summary>
    public static string FrontPage() => $"/?after={Cursor(DateTimeOffset.UtcNow)}";

    /// <summary>An article with its comments from the first one on.</summary>
    public static string Article(string slug) => $"/articles/{slug}?comments={Cursor(DateTimeOffset.UnixEpoch)}";

    private static PageCursor Cursor(DateTimeOffset time) => new(time, Guid.NewGuid());
}
