using System.ComponentModel;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Articles;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;
using ScaleUp.Api.Paging;
using ScaleUp.Api.Security;
using ScaleUp.Api.Sessions;
using ScaleUp.Api.Text;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Comments;

internal static class CommentEndpoints
{
    public static void MapComments(this IEndpointRouteBuilder routes)
    {
        var articleComments = routes.MapGroup("/articles/{slug}/comments").WithTags("Comments")
            .ProducesProblem(StatusCodes.Status404NotFound);
        articleComments.MapGet("/", ListAsync).WithName("ListComments").WithSummary("Lists the comments on an article, oldest first.");
        articleComments.MapPost("/", CreateAsync).WithName("CreateComment").WithSummary("Comments on a published article.")
            .RequireAuthorization().ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status409Conflict);

        var comments = routes.MapGroup("/comments/{id:guid}").WithTags("Comments").RequireAuthorization()
            .ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound);
        comments.MapDelete("/", DeleteAsync).WithName("DeleteComment")
            .WithSummary("Deletes your own comment; administrators can delete any comment.");
        comments.MapPut("/hidden", HideAsync).WithName("HideComment")
            .WithSummary("Hides a comment from everyone except its author and administrators.")
            .RequireAuthorization(Caller.AdministratorPolicy);
        comments.MapDelete("/hidden", ShowAsync).WithName("ShowComment").WithSummary("Shows a hidden comment again.")
            .RequireAuthorization(Caller.AdministratorPolicy);
    }

    private static async Task<Results<Ok<Page<ListedComment>>, ValidationProblem, ProblemHttpResult>> ListAsync(
        string slug, ClaimsPrincipal caller, ScaleUpDbContext database, CancellationToken cancellationToken,
        [Description("Comments per page, 1 to 100.")] int limit = PageRequest.DefaultLimit,
        [Description("The `next` value of the previous page; omit it for the first page.")] string? cursor = null)
    {
        if (PageRequest.Read(limit, cursor, out var after) is { Count: > 0 } errors)
        {
            return TypedResults.ValidationProblem(errors);
        }

        var article = await FindArticleAsync(slug, caller, database, cancellationToken);
        if (article is null)
        {
            return ArticleEndpoints.ArticleNotFound(slug);
        }

        var comments = database.Comments.AsNoTracking().VisibleTo(caller).Where(c => c.ArticleId == article.Id);
        if (after is { } position)
        {
            comments = comments.Where(c => EF.Functions.GreaterThan(
                ValueTuple.Create(c.CreatedAt, c.Id), ValueTuple.Create(position.Time, position.Id)));
        }

        var rows = await comments.OrderBy(c => c.CreatedAt).ThenBy(c => c.Id).Take(limit + 1)
            .Select(c => new
            {
                c.Body,
                c.RendererVersion,
                Comment = new ListedComment(
                    c.Id, new Author(c.Author!.UserName!, c.Author.DisplayName), c.Html, c.CreatedAt, c.HiddenAt != null),
            })
            .ToListAsync(cancellationToken);
        return TypedResults.Ok(rows.ToPage(
            limit,
            r => r.Comment with { Html = MarkdownRenderer.HtmlOf(r.Comment.Html, r.RendererVersion, r.Body, TextKind.Comment) },
            r => new PageCursor(r.Comment.CreatedAt, r.Comment.Id)));
    }

    private static async Task<Results<Created<ListedComment>, ProblemHttpResult>> CreateAsync(
        string slug, CommentDraft request, ClaimsPrincipal caller, ScaleUpDbContext database, TimeProvider clock,
        CancellationToken cancellationToken)
    {
        var article = await FindArticleAsync(slug, caller, database, cancellationToken);
        if (article is null)
        {
            return ArticleEndpoints.ArticleNotFound(slug);
        }

        if (!article.IsPublic)
        {
            return Problems.Conflict("Comments are possible only on published articles that are not hidden.");
        }

        if (!MarkdownRenderer.TryRender(request.Markdown, TextKind.Comment, out var text))
        {
            return Problems.Invalid("markdown", MarkdownRenderer.RefusalMessage);
        }

        var user = caller.UserId();
        var comment = new Comment
        {
            ArticleId = article.Id,
            AuthorId = user,
            Body = request.Markdown,
            Html = text.Html,
            RendererVersion = MarkdownRenderer.Version,
            CreatedAt = clock.Now(),
        };
        database.Add(comment);
        await database.SaveChangesAsync(cancellationToken);
        var author = await database.Users.Where(u => u.Id == user)
            .Select(u => new Author(u.UserName!, u.DisplayName)).SingleAsync(cancellationToken);
        return TypedResults.Created(
            $"/articles/{slug}/comments",
            new ListedComment(comment.Id, author, comment.Html, comment.CreatedAt, IsHidden: false));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> DeleteAsync(
        Guid id, ClaimsPrincipal caller, ScaleUpDbContext database, CancellationToken cancellationToken)
    {
        var comment = await database.Comments.VisibleTo(caller).SingleOrDefaultAsync(c => c.Id == id, cancellationToken);
        if (comment is null)
        {
            return CommentNotFound();
        }

        if (comment.AuthorId != caller.UserId() && !caller.IsAdministrator())
        {
            return Problems.Forbidden("Only the author and administrators may delete this comment.");
        }

        await database.Comments.Where(c => c.Id == id).ExecuteDeleteAsync(cancellationToken);
        return TypedResults.NoContent();
    }

    private static Task<Results<NoContent, ProblemHttpResult>> HideAsync(
        Guid id, ModerationRequest request, ClaimsPrincipal caller, ScaleUpDbContext database, TimeProvider clock, SecurityLog log,
        CancellationToken cancellationToken) =>
        SetHiddenAsync(id, clock.Now(), request.Reason.Trim(), caller, database, log, cancellationToken);

    private static Task<Results<NoContent, ProblemHttpResult>> ShowAsync(
        Guid id, ClaimsPrincipal caller, ScaleUpDbContext database, SecurityLog log, CancellationToken cancellationToken) =>
        SetHiddenAsync(id, null, null, caller, database, log, cancellationToken);

    private static async Task<Results<NoContent, ProblemHttpResult>> SetHiddenAsync(
        Guid id, DateTimeOffset? time, string? reason, ClaimsPrincipal caller, ScaleUpDbContext database, SecurityLog log,
        CancellationToken cancellationToken)
    {
        Guid? administrator = time is null ? null : caller.UserId();
        if (await database.Comments.Where(c => c.Id == id).ExecuteUpdateAsync(
            set => set.SetProperty(c => c.HiddenAt, time).SetProperty(c => c.HideReason, reason)
                .SetProperty(c => c.HiddenById, administrator),
            cancellationToken) == 0)
        {
            return CommentNotFound();
        }

        log.Add(time is null ? SecurityEvent.ContentShown : SecurityEvent.ContentHidden, caller, $"comment {id}");
        return TypedResults.NoContent();
    }

    private sealed record CommentedArticle(Guid Id, bool IsPublic);

    private static async Task<CommentedArticle?> FindArticleAsync(
        string slug, ClaimsPrincipal caller, ScaleUpDbContext database, CancellationToken cancellationToken) =>
        !Slug.IsValid(slug) ? null : await database.Articles.VisibleTo(caller).Where(a => a.Slug == slug)
            .Select(a => new CommentedArticle(a.Id, a.Status == ArticleStatus.Published && a.HiddenAt == null))
            .FirstOrDefaultAsync(cancellationToken);

    private static IQueryable<Comment> VisibleTo(this IQueryable<Comment> comments, ClaimsPrincipal caller)
    {
        var (user, administrator) = (caller.UserId(), caller.IsAdministrator());
        return comments.Where(c => c.HiddenAt == null || administrator || c.AuthorId == user);
    }

    private static ProblemHttpResult CommentNotFound() => Problems.NotFound("There is no comment with this id.");
}
