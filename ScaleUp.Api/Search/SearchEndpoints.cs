using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Articles;
using ScaleUp.Api.Data;
using ScaleUp.Api.Paging;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Search;

/// <summary>An article that was found.</summary>
/// <param name="Slug">The last part of its address.</param>
/// <param name="Title">Its title.</param>
/// <param name="Highlight">HTML: the pieces of the text that have the words in them, which are in <c>mark</c> elements; all else is encoded.</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="Tags">What it is about, in lower case.</param>
/// <param name="PublishedAt">When it was published first.</param>
/// <param name="Rank">How well it fits; more is better.</param>
public sealed record SearchHit(
    string Slug, string Title, string Highlight, Author Author, IReadOnlyList<string> Tags, DateTimeOffset PublishedAt, float Rank);

internal static class SearchEndpoints
{
    private const int MaxLength = 200;

    public static void MapSearch(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/search", SearchAsync).WithTags("Search").WithName("Search").WithSummary("Finds articles by words in title, summary and text, best first.");

    private static async Task<Results<Ok<Page<SearchHit>>, ValidationProblem>> SearchAsync(
        ScaleUpDbContext database, CancellationToken cancellationToken,
        [Description("Words, \"phrases\", `or`, and `-` before what must not be there; 1 to 200 characters.")] string? q = null,
        [Description("Articles on the page, 1 to 100.")] int limit = PageRequest.DefaultLimit,
        [Description("The `next` of the page before; none for the first page.")] string? cursor = null)
    {
        var errors = PageRequest.Read(limit, cursor, out var after);
        if (string.IsNullOrWhiteSpace(q) || q.Length > MaxLength)
        {
            errors["q"] = [$"Say in 1 to {MaxLength} characters what to look for."];
        }

        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        var rows = await Query(database, q!, after, limit + 1).ToListAsync(cancellationToken);
        return TypedResults.Ok(rows.ToPage(limit, r => r.Hit with { Highlight = Highlight.ToHtml(r.Hit.Highlight) }, r => new PageCursor(r.Hit.Rank, r.Id)));
    }

    internal sealed record Row(Guid Id, SearchHit Hit);

    /// <summary>The hits after a place, each with its headline not yet encoded.</summary>
    internal static IQueryable<Row> Query(ScaleUpDbContext database, string words, PageCursor? after, int count)
    {
        var hits = database.Articles.AsNoTracking().Public()
            .Where(a => a.SearchVector.Matches(EF.Functions.WebSearchToTsQuery("english", words).Or(EF.Functions.WebSearchToTsQuery("simple", words))))
            .Select(a => new
            {
                Article = a,
                Rank = a.SearchVector.RankCoverDensity(EF.Functions.WebSearchToTsQuery("english", words).Or(EF.Functions.WebSearchToTsQuery("simple", words))),
            });
        if (after is { Rank: var rank, Id: var id })
        {
            hits = hits.Where(h => h.Rank < rank || (h.Rank == rank && h.Article.Id < id));
        }

        // PostgreSQL makes the headlines, which cost most, only for the rows that are left at the end.
        return hits.OrderByDescending(h => h.Rank).ThenByDescending(h => h.Article.Id).Take(count)
            .Select(h => new Row(h.Article.Id, new SearchHit(
                h.Article.Slug,
                h.Article.Title,
                EF.Functions.WebSearchToTsQuery("english", words).Or(EF.Functions.WebSearchToTsQuery("simple", words)).GetResultHeadline(
                    "english",
                    h.Article.PlainText.Replace(Highlight.Start, "").Replace(Highlight.Stop, ""),
                    Highlight.Options),
                new Author(h.Article.Author!.UserName!, h.Article.Author.DisplayName),
                h.Article.Tags,
                h.Article.PublishedAt!.Value,
                h.Rank)));
    }
}
