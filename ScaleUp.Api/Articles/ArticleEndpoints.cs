using System.ComponentModel;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;

namespace ScaleUp.Api.Articles;

/// <summary>An article in a list.</summary>
internal sealed record ArticleSummary(string Slug, string Title, string Summary, string Author, DateTimeOffset PublishedAt);

/// <summary>An article with its text, in Markdown.</summary>
internal sealed record ArticleDetails(string Slug, string Title, string Summary, string Author, DateTimeOffset PublishedAt, string Body);

/// <summary>One page of a list; <paramref name="Next"/> is the cursor of the following page, null on the last.</summary>
internal sealed record ArticlePage(IReadOnlyList<ArticleSummary> Items, string? Next);

internal static class ArticleEndpoints
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 100;

    public static void MapArticles(this IEndpointRouteBuilder routes)
    {
        var articles = routes.MapGroup("/articles").WithTags("Articles");

        articles.MapGet("/", ListAsync).WithName("ListArticles").WithSummary("Lists articles, newest first.");
        articles.MapGet("/{slug}", GetAsync).WithName("GetArticle").WithSummary("Returns one article.")
            .ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<Results<Ok<ArticlePage>, ValidationProblem>> ListAsync(
        ScaleUpDbContext database,
        CancellationToken cancellationToken,
        [Description("Articles on the page, 1 to 100.")] int limit = DefaultLimit,
        [Description("The `next` of the page before; none for the first page.")] string? after = null)
    {
        ArticleCursor cursor = default;
        var errors = new Dictionary<string, string[]>();
        if (limit is < 1 or > MaxLimit)
        {
            errors["limit"] = [$"{limit} is not between 1 and {MaxLimit}."];
        }

        if (after is not null && !ArticleCursor.TryParse(after, out cursor))
        {
            errors["after"] = ["This is not a cursor that an earlier page gave as its 'next'."];
        }

        if (errors.Count > 0)
        {
            return TypedResults.ValidationProblem(errors);
        }

        var articles = database.Articles.AsNoTracking();
        if (after is not null)
        {
            articles = articles.Where(a => EF.Functions.LessThan(
                ValueTuple.Create(a.PublishedAt, a.Id), ValueTuple.Create(cursor.PublishedAt, cursor.Id)));
        }

        // One more than asked for tells whether there is a next page.
        var rows = await articles
            .OrderByDescending(a => a.PublishedAt).ThenByDescending(a => a.Id)
            .Take(limit + 1)
            .Select(a => new { a.Id, Summary = new ArticleSummary(a.Slug, a.Title, a.Summary, a.Author, a.PublishedAt) })
            .ToListAsync(cancellationToken);

        var next = rows.Count > limit ? new ArticleCursor(rows[limit - 1].Summary.PublishedAt, rows[limit - 1].Id).ToString() : null;
        return TypedResults.Ok(new ArticlePage([.. rows.Take(limit).Select(r => r.Summary)], next));
    }

    private static async Task<Results<Ok<ArticleDetails>, ProblemHttpResult>> GetAsync(
        string slug, ScaleUpDbContext database, CancellationToken cancellationToken)
    {
        // What can't be a slug isn't asked for: a NUL, say, would be an error of the database.
        var article = !Slug.IsValid(slug) ? null : await database.Articles.AsNoTracking()
            .Where(a => a.Slug == slug)
            .Select(a => new ArticleDetails(a.Slug, a.Title, a.Summary, a.Author, a.PublishedAt, a.Body))
            .FirstOrDefaultAsync(cancellationToken);

        return article is null
            ? TypedResults.Problem($"There is no article with the slug '{slug}'.", statusCode: StatusCodes.Status404NotFound)
            : TypedResults.Ok(article);
    }
}
