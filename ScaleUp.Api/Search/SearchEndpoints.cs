using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using ScaleUp.Api.Data;
using ScaleUp.Api.Paging;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Search;

/// <summary>An article that matches a search.</summary>
/// <param name="Slug">The last segment of its URL.</param>
/// <param name="Title">Its title.</param>
/// <param name="Highlight">Fragments of the text as HTML: matching words are in <c>mark</c> elements, everything else is encoded.</param>
/// <param name="Author">Its author.</param>
/// <param name="Tags">Its tags, in lower case.</param>
/// <param name="PublishedAt">When it was first published.</param>
/// <param name="Rank">Relevance; higher is better.</param>
public sealed record SearchHit(
    string Slug, string Title, string Highlight, Author Author, IReadOnlyList<string> Tags, DateTimeOffset PublishedAt, float Rank);

internal static class SearchEndpoints
{
    public static void MapSearch(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/search", SearchAsync).WithTags("Search").WithName("Search")
            .WithSummary("Searches titles, summaries and texts of articles; lists the best matches first.");

    private static async Task<Results<Ok<Page<SearchHit>>, ValidationProblem>> SearchAsync(
        ScaleUpDbContext database, DatabaseOptions options, CancellationToken cancellationToken,
        [Description("Up to 16 words, \"phrases\", `or`, and `-` before a word to exclude; 1 to 200 characters.")] string? q = null,
        [Description("Articles per page, 1 to 100.")] int limit = PageRequest.DefaultLimit,
        [Description("The `next` value of the previous page; omit it for the first page.")] string? cursor = null)
    {
        var errors = PageRequest.Read(limit, cursor, out var after);
        if (SearchTerms.Validate(q) is { } error)
        {
            errors["q"] = [error];
        }

        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        try
        {
            await using var transaction = await database.Database.BeginTransactionAsync(cancellationToken);
            // JIT compilation takes longer than the timeout allows.
            await database.Database.ExecuteSqlAsync(
                $"""
                SELECT set_config('statement_timeout', {$"{options.SearchTimeout.TotalMilliseconds:0}"}, true),
                    set_config('jit', 'off', true)
                """,
                cancellationToken);
            var words = await database.ComposeAsync(q!, cancellationToken);
            var rows = await (SearchTerms.NeedsSubstringSearch(words)
                ? SubstringSearch.FindAsync(database, words, after, limit + 1, cancellationToken)
                : FullTextSearch.Query(database, words, after, limit + 1).ToListAsync(cancellationToken));
            await transaction.CommitAsync(cancellationToken);
            return TypedResults.Ok(rows.ToPage(
                limit,
                r => r.Hit with { Highlight = Highlight.ToHtml(r.Hit.Highlight) },
                r => new PageCursor(r.Hit.Rank, r.Id)));
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            return TypedResults.ValidationProblem(new Dictionary<string, string[]>
            {
                ["q"] = ["This search took too long. Try fewer or rarer words, or fewer articles per page."],
            });
        }
    }
}

/// <summary>A hit whose highlight is not HTML-encoded yet.</summary>
internal sealed record SearchRow(Guid Id, SearchHit Hit);
