using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Articles;
using ScaleUp.Api.Data;
using ScaleUp.Api.Paging;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Search;

/// <summary>
/// Articles that have pieces of text in them, for scripts in which PostgreSQL can't tell one word from the next. Pieces of three
/// characters and more use an index of trigrams; for shorter ones PostgreSQL reads the texts.
/// </summary>
internal static class SubstringSearch
{
    private const int Before = 40;
    private const int Length = 200;

    /// <summary>The hits after a place.</summary>
    public static async Task<List<SearchRow>> FindAsync(ScaleUpDbContext database, string query, PageCursor? after, int count, CancellationToken cancellationToken)
    {
        var (wanted, _) = SearchTerms.ReadParts(query);
        var rows = await Query(database, query, after, count).ToListAsync(cancellationToken);
        return [.. rows.Select(row => row with { Hit = row.Hit with { Highlight = Mark(row.Hit.Highlight, wanted) } })];
    }

    internal static IQueryable<SearchRow> Query(ScaleUpDbContext database, string query, PageCursor? after, int count)
    {
        var (wanted, unwanted) = SearchTerms.ReadParts(query);
        var articles = database.Articles.AsNoTracking().Public();
        foreach (var pattern in wanted.Select(SearchTerms.ToPattern))
        {
            articles = articles.Where(a => EF.Functions.ILike(SearchFunctions.Parts(a.Title, a.Summary, a.PlainText), pattern));
        }

        foreach (var pattern in unwanted.Select(SearchTerms.ToPattern))
        {
            articles = articles.Where(a => !EF.Functions.ILike(SearchFunctions.Parts(a.Title, a.Summary, a.PlainText), pattern));
        }

        var first = wanted is [var piece, ..] ? piece : "";
        var inTitle = SearchTerms.ToPattern(first);
        var hits = articles.OrderByDescending(a => a.PublishedAt).ThenByDescending(a => a.Id).Take(FullTextSearch.MaxRanked)
            .Select(a => new { Article = a, Rank = EF.Functions.ILike(a.Title, inTitle) ? 1f : 0.1f });
        if (after is { Rank: var rank, Id: var id })
        {
            hits = hits.Where(h => h.Rank < rank || (h.Rank == rank && h.Article.Id < id));
        }

        return hits.OrderByDescending(h => h.Rank).ThenByDescending(h => h.Article.Id).Take(count)
            .Select(h => new SearchRow(h.Article.Id, new SearchHit(
                h.Article.Slug,
                h.Article.Title,
                h.Article.PlainText.Substring(Math.Max(h.Article.PlainText.IndexOf(first) - Before, 0), Length),
                new Author(h.Article.Author!.UserName!, h.Article.Author.DisplayName),
                h.Article.Tags,
                h.Article.PublishedAt!.Value,
                h.Rank)));
    }

    private static string Mark(string text, IReadOnlyList<string> pieces)
    {
        var clean = text.Replace(Highlight.Start, "", StringComparison.Ordinal).Replace(Highlight.Stop, "", StringComparison.Ordinal);
        return pieces.Count == 0 ? clean : Regex.Replace(clean, string.Join('|', pieces.Select(Regex.Escape)), $"{Highlight.Start}$0{Highlight.Stop}", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
    }
}
