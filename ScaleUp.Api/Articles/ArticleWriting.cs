using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;
using ScaleUp.Api.Idempotency;
using ScaleUp.Api.Sessions;
using ScaleUp.Api.Text;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Articles;

/// <summary>Endpoints that write articles: only the author may change an article, and only its current version.</summary>
internal static class ArticleWriting
{
    public static void MapArticleWriting(this RouteGroupBuilder articles)
    {
        var writing = articles.MapGroup("").RequireAuthorization().ProducesProblem(StatusCodes.Status401Unauthorized);
        writing.MapPost("/", CreateAsync).WithName("CreateArticle").WithSummary("Creates a draft.")
            .ProducesProblem(StatusCodes.Status409Conflict);
        writing.MapPost("/preview", Preview).WithName("PreviewArticle")
            .WithSummary("Renders a text without storing it.").WithoutIdempotencyKey();

        var changing = writing.MapGroup("/{slug}")
            .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status412PreconditionFailed).ProducesProblem(StatusCodes.Status428PreconditionRequired);
        changing.MapPut("/", ReplaceAsync).WithName("ReplaceArticle").WithSummary("Replaces the content of your own article.");
        changing.MapDelete("/", DeleteAsync).WithName("DeleteArticle").WithSummary("Deletes your own article and its comments.");
    }

    private static async Task<Results<Created<ArticleDetails>, ProblemHttpResult>> CreateAsync(
        ArticleDraft request, ClaimsPrincipal caller, ScaleUpDbContext database, TimeProvider clock, HttpContext context,
        CancellationToken cancellationToken)
    {
        if (!MarkdownRenderer.TryRender(request.Markdown, TextKind.Article, out var text))
        {
            return Problems.Invalid("markdown", MarkdownRenderer.RefusalMessage);
        }

        var (title, summary, plainText, tags) = await ComposeAsync(request, text.PlainText, database, cancellationToken);
        var user = caller.UserId();
        var article = new Article
        {
            Slug = Slug.From(title),
            Title = title,
            Summary = summary,
            Body = request.Markdown,
            Tags = tags,
            AuthorId = user,
            Author = await database.Users.SingleAsync(u => u.Id == user, cancellationToken),
            UpdatedAt = clock.Now(),
        };
        article.SetText(request.Markdown, text with { PlainText = plainText });
        database.Add(article);
        try
        {
            await database.SaveChangesAsync(cancellationToken);
        }
        catch (DbUpdateException exception) when (exception.IsDuplicate())
        {
            return Problems.Conflict("title", $"An article with the address '{article.Slug}' already exists. Choose another title.");
        }

        context.Response.SetVersion(article.Version);
        return TypedResults.Created($"/articles/{article.Slug}", article.ToDetails());
    }

    private static Results<Ok<Preview>, ProblemHttpResult> Preview(PreviewRequest request) =>
        MarkdownRenderer.TryRender(request.Markdown, TextKind.Article, out var text)
            ? TypedResults.Ok(new Preview(text.Html))
            : Problems.Invalid("markdown", MarkdownRenderer.RefusalMessage);

    private static async Task<Results<Ok<ArticleDetails>, ProblemHttpResult>> ReplaceAsync(
        string slug, ArticleDraft request, ClaimsPrincipal caller, ScaleUpDbContext database, TimeProvider clock, HttpContext context,
        CancellationToken cancellationToken)
    {
        if (!MarkdownRenderer.TryRender(request.Markdown, TextKind.Article, out var text))
        {
            return Problems.Invalid("markdown", MarkdownRenderer.RefusalMessage);
        }

        var (title, summary, plainText, tags) = await ComposeAsync(request, text.PlainText, database, cancellationToken);
        return await ChangeAsync(slug, caller, database, clock, context, article =>
        {
            article.Title = title;
            article.Summary = summary;
            article.SetText(request.Markdown, text with { PlainText = plainText });
            article.Tags = tags;
            return null;
        }, cancellationToken);
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        string slug, ClaimsPrincipal caller, ScaleUpDbContext database, HttpContext context, CancellationToken cancellationToken)
    {
        var (article, problem) = await FindOwnAsync(slug, caller, database, context.Request, cancellationToken);
        if (article is null)
        {
            return problem!;
        }

        database.Remove(article);
        return await TrySaveAsync(article, database, cancellationToken) is { } stale ? stale : TypedResults.NoContent();
    }

    /// <summary>Changes the caller's own article if <c>If-Match</c> names its current version.</summary>
    /// <param name="slug">The article's slug.</param>
    /// <param name="caller">Must be the author.</param>
    /// <param name="database">The database.</param>
    /// <param name="clock">Supplies the time of the change.</param>
    /// <param name="context">The request.</param>
    /// <param name="change">Applies the change; returns a problem if it is not possible, else null.</param>
    /// <param name="cancellationToken">Cancels the change.</param>
    internal static async Task<Results<Ok<ArticleDetails>, ProblemHttpResult>> ChangeAsync(
        string slug, ClaimsPrincipal caller, ScaleUpDbContext database, TimeProvider clock, HttpContext context,
        Func<Article, ProblemHttpResult?> change, CancellationToken cancellationToken)
    {
        var (article, problem) = await FindOwnAsync(slug, caller, database, context.Request, cancellationToken);
        if (article is null || (problem = change(article)) is not null)
        {
            return problem!;
        }

        if (database.Entry(article).State == EntityState.Modified)
        {
            article.Version++;
            article.UpdatedAt = clock.Now();
            if (await TrySaveAsync(article, database, cancellationToken) is { } stale)
            {
                return stale;
            }
        }

        context.Response.SetVersion(article.Version);
        return TypedResults.Ok(article.ToDetails());
    }

    private static async Task<(Article? Article, ProblemHttpResult? Problem)> FindOwnAsync(
        string slug, ClaimsPrincipal caller, ScaleUpDbContext database, HttpRequest request, CancellationToken cancellationToken)
    {
        var article = !Slug.IsValid(slug) ? null
            : await database.Articles.VisibleTo(caller).Include(a => a.Author).SingleOrDefaultAsync(a => a.Slug == slug, cancellationToken);
        var problem = article is null ? ArticleEndpoints.ArticleNotFound(slug)
            : article.AuthorId != caller.UserId() ? Problems.Forbidden("Only the author may change this article.")
            : request.CheckIfMatch(article.Version);
        return (problem is null ? article : null, problem);
    }

    private static async Task<ProblemHttpResult?> TrySaveAsync(
        Article article, ScaleUpDbContext database, CancellationToken cancellationToken)
    {
        try
        {
            await database.SaveChangesAsync(cancellationToken);
            return null;
        }
        catch (DbUpdateConcurrencyException)
        {
            // Another request changed or deleted the article after this one read it.
            var version = await database.Articles.AsNoTracking().Where(a => a.Id == article.Id).Select(a => a.Version)
                .SingleOrDefaultAsync(cancellationToken);
            return version == 0 ? ArticleEndpoints.ArticleNotFound(article.Slug) : ArticleVersion.Stale(version);
        }
    }

    // Texts that look the same get the same characters, so that search finds them and tags are counted together.
    private static async Task<(string Title, string Summary, string PlainText, List<string> Tags)> ComposeAsync(
        ArticleDraft request, string plainText, ScaleUpDbContext database, CancellationToken cancellationToken)
    {
        var texts = await database.ComposeAsync(
            [request.Title.Trim(), request.Summary.Trim(), plainText, .. request.Tags], cancellationToken);
        return (texts[0], texts[1], texts[2], [.. texts.Skip(3).Select(TagsAttribute.Normalize).Distinct()]);
    }

    private static ArticleDetails ToDetails(this Article a) => new(
        a.Id, a.Slug, a.Title, a.Summary, a.Body, a.CurrentHtml, a.Tags, new Author(a.Author!.UserName!, a.Author.DisplayName),
        a.Status, a.HiddenAt is not null, a.PublishedAt, a.UpdatedAt, a.Version);
}
