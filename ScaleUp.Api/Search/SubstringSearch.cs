using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Articles;
using ScaleUp.Api.Data;
using ScaleUp.Api.Paging;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Search;

/// <summary>
/// Finds articles by substrings, for scripts whose texts PostgreSQL can't split into words. Terms of three or more characters use
/// a trigram index; for shorter terms PostgreSQL scans the texts.
/// </summary>
internal static class SubstringSearch
{
    /// <summary>Characters of a highlight before its first match.</summary>
    private const int LeadingLength = 40;

    /// <summary>Maximum characters of a highlight.</summary>
    private const int HighlightLength = 200;

    /// <summary>The hits after a position, best first.</summary>
    public static async Task<List<SearchRow>> FindAsync(
        ScaleUpDbContext database, string query, PageCursor? after, int count, CancellationToken cancellationToken)
    {
        var (required, _) = SearchTerms.ParseTerms(query);
        var rows = await Query(database, query, after, count).ToListAsync(cancellationToken);
        return [.. rows.Select(row => row with { Hit = row.Hit with { Highlight = Mark(row.Hit.Highlight, required) } })];
    }

    internal static IQueryable<SearchRow> Query(ScaleUpDbContext database, string query, PageCursor? after, int count)
    {
        var (required, excluded) = SearchTerms.ParseTerms(query);
        var articles = database.Articles.AsNoTracking().Public();
        foreach (var pattern in required.Select(SearchTerms.ToPattern))
        {
            articles = articles.Where(a => EF.Functions.ILike(SearchFunctions.SubstringText(a.Title, a.Summary, a.PlainText), pattern));
        }

        foreach (var pattern in excluded.Select(SearchTerms.ToPattern))
        {
            articles = articles.Where(a => !EF.Functions.ILike(SearchFunctions.SubstringText(a.Title, a.Summary, a.PlainText), pattern));
        }

        var first = required is [var term, ..] ? term : "";
        var titlePattern = SearchTerms.ToPattern(first);
        var hits = articles.OrderByDescending(a => a.PublishedAt).ThenByDescending(a => a.Id).Take(FullTextSearch.MaxRanked)
            .Select(a => new { Article = a, Rank = EF.Functions.ILike(a.Title, titlePattern) ? 1f : 0.1f });
        if (after is { Rank: var rank, Id: var id })
        {
            hits = hits.Where(h => h.Rank < rank || (h.Rank == rank && h.Article.Id < id));
        }

        return hits.OrderByDescending(h => h.Rank).ThenByDescending(h => h.Article.Id).Take(count)
            .Select(h => new SearchRow(h.Article.Id, new SearchHit(
                h.Article.Slug,
                h.Article.Title,
                h.Article.PlainText.Substring(Math.Max(h.Article.PlainText.IndexOf(first) - LeadingLength, 0), HighlightLength),
                new Author(h.Article.Author!.UserName!, h.Article.Author.DisplayName),
                h.Article.Tags,
                h.Article.PublishedAt!.Value,
                h.Rank)));
    }

    private static string Mark(string text, IReadOnlyList<string> terms)
    {
        var clean = text.Replace(Highlight.Start, "", StringComparison.Ordinal).Replace(Highlight.Stop, "", StringComparison.Ordinal);
        return terms.Count == 0 ? clean : Regex.Replace(
            clean, string.Join('|', terms.Select(Regex.Escape)), $"{Highlight.Start}$0{Highlight.Stop}",
            RegexOptions.IgnoreCase | RegexOptions.CultureInvariant);
    }
}
