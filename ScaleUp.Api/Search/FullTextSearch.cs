using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Articles;
using ScaleUp.Api.Data;
using ScaleUp.Api.Paging;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Search;

/// <summary>Finds articles by words, in any grammatical form and ignoring accents.</summary>
internal static class FullTextSearch
{
    /// <summary>Maximum number of ranked articles, the newest matches: ranking one takes a millisecond.</summary>
    internal const int MaxRanked = 500;

    private const string Forms = "word_forms";
    private const string Words = "words";

    /// <summary>The hits after a position, best first.</summary>
    public static IQueryable<SearchRow> Query(ScaleUpDbContext database, string words, PageCursor? after, int count)
    {
        var hits = database.Articles.AsNoTracking().Public()
            .Where(a => a.SearchVector.Matches(
                EF.Functions.WebSearchToTsQuery(Forms, words).Or(EF.Functions.WebSearchToTsQuery(Words, words))))
            .OrderByDescending(a => a.PublishedAt).ThenByDescending(a => a.Id).Take(MaxRanked)
            .Select(a => new
            {
                Article = a,
                Rank = a.SearchVector.RankCoverDensity(
                    EF.Functions.WebSearchToTsQuery(Forms, words).Or(EF.Functions.WebSearchToTsQuery(Words, words))),
            });
        if (after is { Rank: var rank, Id: var id })
        {
            hits = hits.Where(h => h.Rank < rank || (h.Rank == rank && h.Article.Id < id));
        }

        // PostgreSQL computes headlines, the most expensive part, only for the rows of this page.
        return hits.OrderByDescending(h => h.Rank).ThenByDescending(h => h.Article.Id).Take(count)
            .Select(h => new SearchRow(h.Article.Id, new SearchHit(
                h.Article.Slug,
                h.Article.Title,
                SearchFunctions.Headline(
                    h.Article.PlainText.Replace(Highlight.Start, "").Replace(Highlight.Stop, ""),
                    EF.Functions.WebSearchToTsQuery(Forms, words).Or(EF.Functions.WebSearchToTsQuery(Words, words)),
                    Highlight.Options),
                new Author(h.Article.Author!.UserName!, h.Article.Author.DisplayName),
                h.Article.Tags,
                h.Article.PublishedAt!.Value,
                h.Rank)));
    }
}
