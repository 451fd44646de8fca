using System.Security.Claims;
using ScaleUp.Api.Sessions;

namespace ScaleUp.Api.Articles;

/// <summary>Who may read which articles, said once.</summary>
internal static class ArticleQueries
{
    /// <summary>Those that everybody can read.</summary>
    public static IQueryable<Article> Public(this IQueryable<Article> articles) =>
        articles.Where(a => a.Status == ArticleStatus.Published && a.HiddenAt == null);

    /// <summary>Those that this caller can read: the public ones, their own, and for administrators those that were hidden.</summary>
    public static IQueryable<Article> VisibleTo(this IQueryable<Article> articles, ClaimsPrincipal caller)
    {
        var (user, administrator) = (caller.UserId(), caller.IsAdministrator());
        return articles.Where(a => (a.Status == ArticleStatus.Published && (a.HiddenAt == null || administrator)) || a.AuthorId == user);
    }
}
