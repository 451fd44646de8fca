using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using Npgsql;
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
    public static void MapSearch(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/search", SearchAsync).WithTags("Search").WithName("Search").WithSummary("Finds articles by words in title, summary and text, best first.");

    private static async Task<Results<Ok<Page<SearchHit>>, ValidationProblem>> SearchAsync(
        ScaleUpDbContext database, DatabaseOptions options, CancellationToken cancellationToken,
        [Description("Up to 16 words, \"phrases\", `or`, and `-` before what must not be there; 1 to 200 characters.")] string? q = null,
        [Description("Articles on the page, 1 to 100.")] int limit = PageRequest.DefaultLimit,
        [Description("The `next` of the page before; none for the first page.")] string? cursor = null)
    {
        var errors = PageRequest.Read(limit, cursor, out var after);
        if (SearchTerms.Check(q) is { } error)
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
            // Compiling a query takes longer than any that is allowed to run.
            await database.Database.ExecuteSqlAsync(
                $"SELECT set_config('statement_timeout', {$"{options.SearchTimeout.TotalMilliseconds:0}"}, true), set_config('jit', 'off', true)", cancellationToken);
            var words = await database.ComposeAsync(q!, cancellationToken);
            var rows = await (SearchTerms.HasParts(words) ? SubstringSearch.FindAsync(database, words, after, limit + 1, cancellationToken)
                : FullTextSearch.Query(database, words, after, limit + 1).ToListAsync(cancellationToken));
            await transaction.CommitAsync(cancellationToken);
            return TypedResults.Ok(rows.ToPage(limit, r => r.Hit with { Highlight = Highlight.ToHtml(r.Hit.Highlight) }, r => new PageCursor(r.Hit.Rank, r.Id)));
        }
        catch (PostgresException exception) when (exception.SqlState == PostgresErrorCodes.QueryCanceled)
        {
            return TypedResults.ValidationProblem(new Dictionary<string, string[]> { ["q"] = ["This takes too long to look for. Fewer or rarer words help, and fewer articles on the page."] });
        }
    }
}

/// <summary>A hit, with its headline not yet encoded.</summary>
internal sealed record SearchRow(Guid Id, SearchHit Hit);
