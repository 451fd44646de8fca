using ScaleUp.Api.Paging;

namespace ScaleUp.Tests.Topology;

/// <summary>Pages that no web server has kept from an earlier request, so that each of them asks all tiers.</summary>
internal static class FreshPages
{
    /// <summary>The articles older than now, and so all of them.</summary>
    public static string FrontPage() => $"/?after={Cursor(DateTimeOffset.UtcNow)}";

    /// <summary>An article with its comments from the beginning.</summary>
    public static string Article(string slug) => $"/articles/{slug}?comments={Cursor(DateTimeOffset.UnixEpoch)}";

    private static PageCursor Cursor(DateTimeOffset time) => new(time, Guid.NewGuid());
}
