using System.ComponentModel;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;
using ScaleUp.Api.Paging;
using ScaleUp.Api.Sessions;
using ScaleUp.Api.Text;

namespace ScaleUp.Api.Articles;

/// <summary>Endpoints that read articles.</summary>
internal static class ArticleEndpoints
{
    public static void MapArticles(this IEndpointRouteBuilder routes)
    {
        var articles = routes.MapGroup("/articles").WithTags("Articles");
        articles.MapGet("/", ListAsync).WithName("ListArticles").WithSummary("Lists articles, newest first.");
        articles.MapGet("/{slug}", GetAsync).WithName("GetArticle").WithSummary("Returns one article.")
            .Produces(StatusCodes.Status304NotModified).ProducesProblem(StatusCodes.Status404NotFound);
        articles.MapArticleWriting();
        articles.MapArticlePublishing();

        routes.MapGet("/me/articles", ListOwnAsync).WithTags("Articles").WithName("ListOwnArticles")
            .WithSummary("Lists your own articles, newest first.")
            .RequireAuthorization().ProducesProblem(StatusCodes.Status401Unauthorized);
        routes.MapGet("/tags", ListTagsAsync).WithTags("Articles").WithName("ListTags")
            .WithSummary("Lists the tags in use, most used first.");
    }

    private static async Task<Results<Ok<Page<ArticleSummary>>, ValidationProblem>> ListAsync(
        ScaleUpDbContext database, ILookupNormalizer normalizer, CancellationToken cancellationToken,
        [Description("Articles per page, 1 to 100.")] int limit = PageRequest.DefaultLimit,
        [Description("The `next` value of the previous page; omit it for the first page.")] string? cursor = null,
        [Description("Former name of `cursor`.")] string? after = null,
        [Description("Only articles with this tag.")] string? tag = null,
        [Description("Only articles by the user with this name.")] string? author = null)
    {
        if (PageRequest.Read(limit, cursor ?? after, out var start, cursor is null ? "after" : "cursor") is { Count: > 0 } errors)
        {
            return TypedResults.ValidationProblem(errors);
        }

        // One extra row shows whether there is a next page.
        var rows = (tag, author, start) is (null, null, null)
            ? await database.NewestAsync(limit + 1, cancellationToken)
            : await FilterAsync(database, normalizer, tag, author, start, limit + 1, cancellationToken);
        return TypedResults.Ok(rows.ToPage(limit, r => r.Summary, r => new PageCursor(r.Summary.PublishedAt, r.Id)));
    }

    private static async Task<List<ArticleRow>> FilterAsync(
        ScaleUpDbContext database, ILookupNormalizer normalizer, string? tag, string? author, PageCursor? start, int count,
        CancellationToken cancellationToken)
    {
        var articles = database.Articles.AsNoTracking().Public();
        if (tag is not null)
        {
            List<string> tags = [TagsAttribute.Normalize(await database.ComposeAsync(tag, cancellationToken))];
            articles = articles.Where(a => tags.All(t => a.Tags.Contains(t)));
        }

        if (author is not null)
        {
            var name = normalizer.NormalizeName(author);
            articles = articles.Where(a => a.Author!.NormalizedUserName == name);
        }

        if (start is { } position)
        {
            articles = articles.Where(a => EF.Functions.LessThan(
                ValueTuple.Create(a.PublishedAt, a.Id), ValueTuple.Create((DateTimeOffset?)position.Time, position.Id)));
        }

        return await articles.OrderByDescending(a => a.PublishedAt).ThenByDescending(a => a.Id).Take(count).ToRows()
            .ToListAsync(cancellationToken);
    }

    private static async Task<Results<Ok<ArticleDetails>, StatusCodeHttpResult, ProblemHttpResult>> GetAsync(
        string slug, ClaimsPrincipal caller, ScaleUpDbContext database, HttpContext context, CancellationToken cancellationToken)
    {
        // An invalid slug needs no query.
        var article = !Slug.IsValid(slug) ? null : await database.FindAsync(slug, caller, cancellationToken);
        if (article is null)
        {
            return ArticleNotFound(slug);
        }

        var details = article.Details;
        context.Response.SetVersion(details.Version);
        return context.Request.HasVersion(details.Version)
            ? TypedResults.StatusCode(StatusCodes.Status304NotModified)
            : TypedResults.Ok(details with
            {
                Html = MarkdownRenderer.HtmlOf(details.Html, article.RendererVersion, details.Markdown, TextKind.Article),
            });
    }

    private static async Task<Results<Ok<Page<OwnArticle>>, ValidationProblem>> ListOwnAsync(
        ClaimsPrincipal caller, ScaleUpDbContext database, CancellationToken cancellationToken,
        [Description("Articles per page, 1 to 100.")] int limit = PageRequest.DefaultLimit,
        [Description("The `next` value of the previous page; omit it for the first page.")] string? cursor = null)
    {
        if (PageRequest.Read(limit, cursor, out var start) is { Count: > 0 } errors)
        {
            return TypedResults.ValidationProblem(errors);
        }

        var user = caller.UserId();
        var articles = database.Articles.AsNoTracking().Where(a => a.AuthorId == user);
        if (start is { } position)
        {
            articles = articles.Where(a => a.Id < position.Id);
        }

        // Ids are UUIDs of version 7, so they sort by time of creation.
        var rows = await articles.OrderByDescending(a => a.Id).Take(limit + 1)
            .Select(a => new
            {
                a.Id,
                Article = new OwnArticle(
                    a.Slug, a.Title, a.Summary, a.Tags, a.Status, a.HiddenAt != null, a.PublishedAt, a.UpdatedAt, a.Version,
                    a.Comments.Count(c => c.HiddenAt == null)),
            })
            .ToListAsync(cancellationToken);
        return TypedResults.Ok(rows.ToPage(limit, r => r.Article, r => new PageCursor(r.Article.UpdatedAt, r.Id)));
    }

    private static async Task<Ok<ItemList<Tag>>> ListTagsAsync(ScaleUpDbContext database, CancellationToken cancellationToken) =>
        TypedResults.Ok(new ItemList<Tag>(await database.Articles.Public().SelectMany(a => a.Tags)
            .GroupBy(t => t).Select(g => new { Name = g.Key, Count = g.Count() })
            .OrderByDescending(t => t.Count).ThenBy(t => t.Name).Take(200)
            .Select(t => new Tag(t.Name, t.Count))
            .ToListAsync(cancellationToken)));

    internal static ProblemHttpResult ArticleNotFound(string slug) => Problems.NotFound($"There is no article with the slug '{slug}'.");
}
