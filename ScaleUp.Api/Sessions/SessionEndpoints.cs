using System.Security.Claims;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;
using ScaleUp.Api.Paging;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Sessions;

internal static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var sessions = routes.MapGroup("/sessions").WithTags("Sessions");
        sessions.MapPost("/", SignInAsync).WithName("SignIn").WithSummary("Signs in.")
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status423Locked);

        var own = sessions.MapGroup("").RequireAuthorization().ProducesProblem(StatusCodes.Status401Unauthorized);
        own.MapGet("/", ListAsync).WithName("ListSessions").WithSummary("Lists one's own sessions, last used first.");
        own.MapGet("/current", GetCurrent).WithName("GetCurrentSession").WithSummary("Tells who is signed in.");
        own.MapDelete("/current", SignOutAsync).WithName("SignOut").WithSummary("Signs out.");
        own.MapDelete("/{id:guid}", RevokeAsync).WithName("RevokeSession").WithSummary("Ends one of one's own sessions, at once and on every server.");
    }

    private static async Task<Results<Created<NewSession>, ProblemHttpResult>> SignInAsync(
        SignIn request, PasswordCheck passwords, ScaleUpDbContext database, TimeProvider clock, HttpContext context, CancellationToken cancellationToken)
    {
        var check = await passwords.CheckAsync(request.UserName, request.Password, cancellationToken);
        if (check.IsLockedOut)
        {
            return PasswordCheck.LockedOut(context, check.RetryAfter);
        }

        if (check.User is not { } user)
        {
            return TypedResults.Problem("The user name or the password is wrong.", statusCode: StatusCodes.Status401Unauthorized);
        }

        if (user.BlockedAt is not null)
        {
            return Problems.Forbidden("This account was blocked by an administrator.");
        }

        var token = SessionToken.Create();
        var now = clock.Now();
        var session = new Session
        {
            UserId = user.Id,
            TokenHash = SessionToken.HashOf(token)!,
            Device = request.Device ?? "",
            CreatedAt = now,
            LastSeenAt = now,
            ExpiresAt = Session.ExpiryOf(now, now),
        };
        database.Add(session);
        await database.SaveChangesAsync(cancellationToken);
        return TypedResults.Created("/sessions/current", new NewSession(token, session.ExpiresAt, user.ToAccount()));
    }

    private static Ok<CurrentSession> GetCurrent(HttpContext context) => TypedResults.Ok(context.Features.GetRequiredFeature<CurrentSession>());

    private static async Task<Ok<Whole<ListedSession>>> ListAsync(
        ClaimsPrincipal caller, ScaleUpDbContext database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var (user, current, now) = (caller.UserId(), caller.SessionId(), clock.Now());
        return TypedResults.Ok(new Whole<ListedSession>(await database.Sessions
            .Where(s => s.UserId == user && s.ExpiresAt > now)
            .OrderByDescending(s => s.LastSeenAt).ThenByDescending(s => s.Id)
            .Take(1000)
            .Select(s => new ListedSession(s.Id, s.Device, s.CreatedAt, s.LastSeenAt, s.Id == current))
            .ToListAsync(cancellationToken)));
    }

    private static async Task<NoContent> SignOutAsync(ClaimsPrincipal caller, ScaleUpDbContext database, CancellationToken cancellationToken)
    {
        var id = caller.SessionId();
        await database.Sessions.Where(s => s.Id == id).ExecuteDeleteAsync(cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeAsync(
        Guid id, ClaimsPrincipal caller, ScaleUpDbContext database, CancellationToken cancellationToken)
    {
        var user = caller.UserId();
        return await database.Sessions.Where(s => s.Id == id && s.UserId == user).ExecuteDeleteAsync(cancellationToken) == 0
            ? Problems.NotFound("You have no session with this id.")
            : TypedResults.NoContent();
    }
}
