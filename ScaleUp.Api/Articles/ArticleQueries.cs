using System.Security.Claims;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;
using ScaleUp.Api.Sessions;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Articles;

/// <summary>Queries for the articles that a caller may read.</summary>
internal static class ArticleQueries
{
    // Translating a query costs more than running it, so the two most frequent ones are translated once. A compiled query can't call the
    // methods below; the conditions of both must stay the same.
    private static readonly Func<ScaleUpDbContext, int, IAsyncEnumerable<ArticleRow>> s_newest = EF.CompileAsyncQuery(
        (ScaleUpDbContext database, int count) => database.Articles.AsNoTracking()
            .Where(a => a.Status == ArticleStatus.Published && a.HiddenAt == null)
            .OrderByDescending(a => a.PublishedAt).ThenByDescending(a => a.Id)
            .Take(count)
            .Select(a => new ArticleRow(a.Id, new ArticleSummary(
                a.Slug, a.Title, a.Summary, new Author(a.Author!.UserName!, a.Author.DisplayName), a.Tags,
                a.PublishedAt!.Value, a.Comments.Count(c => c.HiddenAt == null), a.UpdatedAt))));

    private static readonly Func<ScaleUpDbContext, string, Guid, bool, IAsyncEnumerable<StoredArticle>> s_find = EF.CompileAsyncQuery(
        (ScaleUpDbContext database, string slug, Guid user, bool administrator) => database.Articles.AsNoTracking()
            .Where(a => a.Slug == slug
                && ((a.Status == ArticleStatus.Published && (a.HiddenAt == null || administrator)) || a.AuthorId == user))
            .Select(a => new StoredArticle(a.RendererVersion, new ArticleDetails(
                a.Id, a.Slug, a.Title, a.Summary, a.Body, a.Html, a.Tags, new Author(a.Author!.UserName!, a.Author.DisplayName),
                a.Status, a.HiddenAt != null, a.PublishedAt, a.UpdatedAt, a.Version))));

    /// <summary>Articles that everyone can read: published and not hidden.</summary>
    public static IQueryable<Article> Public(this IQueryable<Article> articles) =>
        articles.Where(a => a.Status == ArticleStatus.Published && a.HiddenAt == null);

    /// <summary>Articles that this caller can read: public ones, their own, and for administrators also hidden ones.</summary>
    public static IQueryable<Article> VisibleTo(this IQueryable<Article> articles, ClaimsPrincipal caller)
    {
        var (user, administrator) = (caller.UserId(), caller.IsAdministrator());
        return articles.Where(a => (a.Status == ArticleStatus.Published && (a.HiddenAt == null || administrator)) || a.AuthorId == user);
    }

    /// <summary>The rows of a list.</summary>
    public static IQueryable<ArticleRow> ToRows(this IQueryable<Article> articles) => articles.Select(a => new ArticleRow(
        a.Id, new ArticleSummary(
            a.Slug, a.Title, a.Summary, new Author(a.Author!.UserName!, a.Author.DisplayName), a.Tags,
            a.PublishedAt!.Value, a.Comments.Count(c => c.HiddenAt == null), a.UpdatedAt)));

    /// <summary>The newest public articles.</summary>
    public static ValueTask<List<ArticleRow>> NewestAsync(
        this ScaleUpDbContext database, int count, CancellationToken cancellationToken) =>
        s_newest(database, count).ToListAsync(cancellationToken);

    /// <summary>The article with this slug; null if there is none that the caller can read.</summary>
    public static ValueTask<StoredArticle?> FindAsync(
        this ScaleUpDbContext database, string slug, ClaimsPrincipal caller, CancellationToken cancellationToken) =>
        s_find(database, slug, caller.UserId(), caller.IsAdministrator()).SingleOrDefaultAsync(cancellationToken);
}

/// <summary>An article of a list with its id, which its cursor needs.</summary>
internal sealed record ArticleRow(Guid Id, ArticleSummary Summary);

/// <summary>An article with the version of the renderer of its HTML.</summary>
internal sealed record StoredArticle(int RendererVersion, ArticleDetails Details);
