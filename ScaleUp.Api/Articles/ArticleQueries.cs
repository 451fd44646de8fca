using System.Security.Claims;
using ScaleUp.Api.Sessions;

namespace ScaleUp.Api.Articles;

/// <summary>Queries for the articles that a caller may read.</summary>
internal static class ArticleQueries
{
    /// <summary>Articles that everyone can read: published and not hidden.</summary>
    public static IQueryable<Article> Public(this IQueryable<Article> articles) =>
        articles.Where(a => a.Status == ArticleStatus.Published && a.HiddenAt == null);

    /// <summary>Articles that this caller can read: public ones, their own, and for administrators also hidden ones.</summary>
    public static IQueryable<Article> VisibleTo(this IQueryable<Article> articles, ClaimsPrincipal caller)
    {
        var (user, administrator) = (caller.UserId(), caller.IsAdministrator());
        return articles.Where(a => (a.Status == ArticleStatus.Published && (a.HiddenAt == null || administrator)) || a.AuthorId == user);
    }
}
