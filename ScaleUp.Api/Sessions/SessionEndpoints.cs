using System.Security.Claims;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;
using ScaleUp.Api.Idempotency;
using ScaleUp.Api.Paging;
using ScaleUp.Api.Security;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Sessions;

internal static class SessionEndpoints
{
    public static void MapSessions(this IEndpointRouteBuilder routes)
    {
        var sessions = routes.MapGroup("/sessions").WithTags("Sessions");
        sessions.MapPost("/", SignInAsync).WithName("SignIn")
            .WithSummary("Signs in, and ends the session that the request was sent with.").WithDeferredTransaction()
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status429TooManyRequests);

        var own = sessions.MapGroup("").RequireAuthorization().ProducesProblem(StatusCodes.Status401Unauthorized);
        own.MapGet("/", ListAsync).WithName("ListSessions").WithSummary("Lists your own sessions, most recently used first.");
        own.MapGet("/current", GetCurrent).WithName("GetCurrentSession").WithSummary("Returns the current session and its user.");
        own.MapDelete("/current", SignOutAsync).WithName("SignOut").WithSummary("Signs out.");
        own.MapDelete("/", EndOthersAsync).WithName("EndOtherSessions")
            .WithSummary("Ends all your other sessions, effective immediately on every server.");
        own.MapDelete("/{id:guid}", RevokeAsync).WithName("RevokeSession")
            .WithSummary("Ends one of your own sessions, effective immediately on every server.");
    }

    private static async Task<Results<IdempotentResult<Created<NewSession>>, ProblemHttpResult>> SignInAsync(
        SignIn request, ClaimsPrincipal caller, PasswordVerifier passwords, ILookupNormalizer normalizer, ScaleUpDbContext database,
        TimeProvider clock, SecurityLog log, HttpContext context, CancellationToken cancellationToken)
    {
        var name = normalizer.NormalizeName(request.UserName);
        var user = await database.Users.AsNoTracking().SingleOrDefaultAsync(u => u.NormalizedUserName == name, cancellationToken);
        var device = user is null ? null : DeviceToken.Find(user, request.DeviceTokens ?? "");
        var partition = device is null ? $"source {context.Source()}" : $"device {device}";
        var check = await passwords.CheckAsync(user, name, partition, request.Password, null, context);
        if (check.Refusal is { } refusal)
        {
            return refusal;
        }

        if (user is null || !check.IsRight)
        {
            log.Add(SecurityEvent.SignInFailed, user?.Id ?? Guid.Empty, user?.UserName);
            return WrongPassword();
        }

        // The response contains a token, so it is replayed only after a password check and while the session is valid.
        return new IdempotentResult<Created<NewSession>>(
            user.Id,
            () => CreateSessionAsync(
                request, user, check.NewHash, device ?? DeviceToken.Create(user), caller.SessionId(),
                database, clock, log, cancellationToken),
            response => IsSessionValidAsync(response, user.Id, database, clock, cancellationToken));
    }

    private static async Task<IResult> CreateSessionAsync(
        SignIn request, User user, string? newHash, string deviceToken, Guid formerSession, ScaleUpDbContext database, TimeProvider clock,
        SecurityLog log, CancellationToken cancellationToken)
    {
        // The row lock keeps the user from being blocked, and the password from being changed, until the session is stored.
        var current = (await database.Users.FromSql($"SELECT * FROM users WHERE id = {user.Id} FOR UPDATE")
            .AsNoTracking().ToListAsync(cancellationToken)).Single();
        if (current.PasswordHash != user.PasswordHash)
        {
            log.Add(SecurityEvent.SignInFailed, user.Id, user.UserName);
            return WrongPassword();
        }

        if (current.BlockedAt is not null)
        {
            log.Add(SecurityEvent.SignInFailed, user.Id, user.UserName, "blocked");
            return Problems.Forbidden("This account was blocked by an administrator.");
        }

        if (newHash is not null)
        {
            await database.Users.Where(u => u.Id == user.Id)
                .ExecuteUpdateAsync(set => set.SetProperty(u => u.PasswordHash, newHash), cancellationToken);
        }

        await database.Sessions.Where(s => s.Id == formerSession).ExecuteDeleteAsync(cancellationToken);
        var token = SessionToken.Create();
        var time = clock.Now();
        var session = new Session
        {
            UserId = user.Id,
            TokenHash = SessionToken.HashOf(token)!,
            Device = request.Device ?? "",
            CreatedAt = time,
            LastSeenAt = time,
            ExpiresAt = Session.ExpiryOf(time, time),
        };
        database.Add(session);
        await database.SaveChangesAsync(cancellationToken);
        log.Add(SecurityEvent.SignedIn, user.Id, user.UserName, $"session {session.Id}");
        return TypedResults.Created("/sessions/current", new NewSession(token, session.ExpiresAt, user.ToAccount(), deviceToken));
    }

    private static Task<bool> IsSessionValidAsync(
        StoredResponse response, Guid user, ScaleUpDbContext database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var hash = SessionToken.HashOf(JsonSerializer.Deserialize<NewSession>(response.Body, JsonSerializerOptions.Web)!.Token);
        var now = clock.Now();
        return database.Sessions.AnyAsync(
            s => s.TokenHash == hash && s.UserId == user && s.ExpiresAt > now && s.User!.BlockedAt == null, cancellationToken);
    }

    private static ProblemHttpResult WrongPassword() =>
        TypedResults.Problem("The user name or the password is wrong.", statusCode: StatusCodes.Status401Unauthorized);

    private static Ok<CurrentSession> GetCurrent(HttpContext context) =>
        TypedResults.Ok(context.Features.GetRequiredFeature<CurrentSession>());

    private static async Task<Ok<ItemList<ListedSession>>> ListAsync(
        ClaimsPrincipal caller, ScaleUpDbContext database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var (user, current, now) = (caller.UserId(), caller.SessionId(), clock.Now());
        return TypedResults.Ok(new ItemList<ListedSession>(await database.Sessions
            .Where(s => s.UserId == user && s.ExpiresAt > now)
            .OrderByDescending(s => s.LastSeenAt).ThenByDescending(s => s.Id)
            .Take(1000)
            .Select(s => new ListedSession(s.Id, s.Device, s.CreatedAt, s.LastSeenAt, s.Id == current))
            .ToListAsync(cancellationToken)));
    }

    private static async Task<NoContent> SignOutAsync(
        ClaimsPrincipal caller, ScaleUpDbContext database, SecurityLog log, CancellationToken cancellationToken)
    {
        var id = caller.SessionId();
        await database.Sessions.Where(s => s.Id == id).ExecuteDeleteAsync(cancellationToken);
        log.Add(SecurityEvent.SessionEnded, caller, $"session {id}");
        return TypedResults.NoContent();
    }

    private static async Task<NoContent> EndOthersAsync(
        ClaimsPrincipal caller, ScaleUpDbContext database, SecurityLog log, CancellationToken cancellationToken)
    {
        var (user, current) = (caller.UserId(), caller.SessionId());
        await database.Sessions.Where(s => s.UserId == user && s.Id != current).ExecuteDeleteAsync(cancellationToken);
        log.Add(SecurityEvent.SessionEnded, caller, $"all but session {current}");
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> RevokeAsync(
        Guid id, ClaimsPrincipal caller, ScaleUpDbContext database, SecurityLog log, CancellationToken cancellationToken)
    {
        var user = caller.UserId();
        if (await database.Sessions.Where(s => s.Id == id && s.UserId == user).ExecuteDeleteAsync(cancellationToken) == 0)
        {
            return Problems.NotFound("You have no session with this id.");
        }

        log.Add(SecurityEvent.SessionEnded, caller, $"session {id}");
        return TypedResults.NoContent();
    }
}
