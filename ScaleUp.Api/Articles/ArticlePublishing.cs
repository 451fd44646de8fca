using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;
using ScaleUp.Api.Security;
using ScaleUp.Api.Sessions;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Articles;

/// <summary>Endpoints that change an article's visibility: authors publish and withdraw, administrators hide.</summary>
internal static class ArticlePublishing
{
    public static void MapArticlePublishing(this RouteGroupBuilder articles)
    {
        var own = articles.MapGroup("/{slug}").RequireAuthorization().ProducesProblem(StatusCodes.Status401Unauthorized)
            .ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status412PreconditionFailed).ProducesProblem(StatusCodes.Status428PreconditionRequired);
        own.MapPost("/publish", PublishAsync).WithName("PublishArticle")
            .WithSummary("Publishes your own article.");
        own.MapPost("/withdraw", WithdrawAsync).WithName("WithdrawArticle")
            .WithSummary("Withdraws your own article, so that only you can read it.");

        var administration = articles.MapGroup("/{slug}/hidden").RequireAuthorization(Caller.AdministratorPolicy)
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status404NotFound);
        administration.MapPut("/", HideAsync).WithName("HideArticle")
            .WithSummary("Hides an article from everyone except its author and administrators.");
        administration.MapDelete("/", ShowAsync).WithName("ShowArticle").WithSummary("Shows a hidden article again.");
    }

    private static Task<Results<Ok<ArticleDetails>, ProblemHttpResult>> PublishAsync(
        string slug, ClaimsPrincipal caller, ScaleUpDbContext database, TimeProvider clock, HttpContext context,
        CancellationToken cancellationToken) =>
        ArticleWriting.ChangeAsync(slug, caller, database, clock, context, article =>
        {
            article.Status = ArticleStatus.Published;
            // An article that is published again keeps its date, and so its position in lists.
            article.PublishedAt ??= clock.Now();
            return null;
        }, cancellationToken);

    private static Task<Results<Ok<ArticleDetails>, ProblemHttpResult>> WithdrawAsync(
        string slug, ClaimsPrincipal caller, ScaleUpDbContext database, TimeProvider clock, HttpContext context,
        CancellationToken cancellationToken) =>
        ArticleWriting.ChangeAsync(slug, caller, database, clock, context, article =>
        {
            if (article.Status == ArticleStatus.Draft)
            {
                return Problems.Conflict("A draft can't be withdrawn because it was never published.");
            }

            article.Status = ArticleStatus.Withdrawn;
            return null;
        }, cancellationToken);

    private static Task<Results<NoContent, ProblemHttpResult>> HideAsync(
        string slug, ModerationRequest request, ClaimsPrincipal caller, ScaleUpDbContext database, TimeProvider clock, SecurityLog log,
        CancellationToken cancellationToken) =>
        SetHiddenAsync(slug, clock.Now(), request.Reason.Trim(), caller, database, log, cancellationToken);

    private static Task<Results<NoContent, ProblemHttpResult>> ShowAsync(
        string slug, ClaimsPrincipal caller, ScaleUpDbContext database, SecurityLog log, CancellationToken cancellationToken) =>
        SetHiddenAsync(slug, null, null, caller, database, log, cancellationToken);

    private static async Task<Results<NoContent, ProblemHttpResult>> SetHiddenAsync(
        string slug, DateTimeOffset? time, string? reason, ClaimsPrincipal caller, ScaleUpDbContext database, SecurityLog log,
        CancellationToken cancellationToken)
    {
        Guid? administrator = time is null ? null : caller.UserId();
        if (!Slug.IsValid(slug) || await database.Articles.VisibleTo(caller).Where(a => a.Slug == slug).ExecuteUpdateAsync(set => set
            .SetProperty(a => a.HiddenAt, time).SetProperty(a => a.HideReason, reason).SetProperty(a => a.HiddenById, administrator)
            .SetProperty(a => a.Version, a => a.Version + 1), cancellationToken) == 0)
        {
            return ArticleEndpoints.ArticleNotFound(slug);
        }

        log.Add(time is null ? SecurityEvent.ContentShown : SecurityEvent.ContentHidden, caller, $"article {slug}");
        return TypedResults.NoContent();
    }
}
