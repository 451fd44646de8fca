using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Articles;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;
using ScaleUp.Api.Idempotency;
using ScaleUp.Api.Security;
using ScaleUp.Api.Sessions;

namespace ScaleUp.Api.Users;

internal static class UserEndpoints
{
    private const string LooksLikeAnother = "This name looks like that of another user. Readers should be able to tell you apart.";

    public static void MapUsers(this IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/users").WithTags("Users");
        users.MapPost("/", RegisterAsync).WithName("Register").WithSummary("Registers a user.").BeginningLater()
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status429TooManyRequests);
        users.MapGet("/{userName}", GetAsync).WithName("GetUser").WithSummary("Tells what everybody may know of a user.").ProducesProblem(StatusCodes.Status404NotFound);

        var own = users.MapGroup("/me").RequireAuthorization().ProducesProblem(StatusCodes.Status401Unauthorized);
        own.MapPut("/", ChangeAsync).WithName("ChangeAccount").WithSummary("Changes one's display name.").ProducesProblem(StatusCodes.Status409Conflict);
        own.MapPut("/password", ChangePasswordAsync).WithName("ChangePassword").WithSummary("Changes one's password and ends all one's other sessions.")
            .BeginningLater().ProducesProblem(StatusCodes.Status429TooManyRequests);
        users.MapUserAdministration();
    }

    private static async Task<Results<Once<Created<Account>>, ProblemHttpResult>> RegisterAsync(
        Registration request, UserManager<User> users, PasswordHashingQueue work, RegistrationThrottle throttle, ScaleUpDbContext database, TimeProvider clock, SecurityLog log,
        HttpContext context, CancellationToken cancellationToken)
    {
        var displayName = await database.ComposeAsync(request.DisplayName.Trim(), cancellationToken);
        var user = new User { UserName = request.UserName, DisplayName = displayName, CreatedAt = clock.Now() };
        if (await FindFaultAsync(users, user, request.Password) is { } fault)
        {
            return Problems.Invalid("password", fault);
        }

        var fingerprint = new ResponseProtector(context.IdempotencyKey()).FingerprintOf("registration", request.UserName, []);
        if (await throttle.BeginAsync(context.Source(), fingerprint, cancellationToken) is var wait && wait > TimeSpan.Zero)
        {
            log.Add(SecurityEvent.RegistrationThrottled, Guid.Empty, null);
            return PasswordVerifier.TooMany(context, wait, "Too many accounts were registered from your network. Try again in a minute.");
        }

        using (var turn = await work.EnterAsync(context))
        {
            if (turn is null)
            {
                return PasswordHashingQueue.Busy(context);
            }

            user.PasswordHash = await users.PasswordHasher.HashAsync(user, request.Password);
        }

        // The key belongs to the name, which can be registered once.
        return new Once<Created<Account>>(IdempotentWrite.CallerOf(users.NormalizeName(request.UserName)), () => CreateAsync(user, users, database, log, cancellationToken));
    }

    private static async Task<IResult> CreateAsync(User user, UserManager<User> users, ScaleUpDbContext database, SecurityLog log, CancellationToken cancellationToken)
    {
        if (await FindLikenessAsync(users, user, database, cancellationToken) is { } likeness)
        {
            return likeness;
        }

        try
        {
            var result = await users.CreateAsync(user);
            if (result.Succeeded)
            {
                log.Add(SecurityEvent.Registered, user.Id, user.UserName);
                return TypedResults.Created($"/users/{user.UserName}", user.ToAccount());
            }

            if (result.Errors.FirstOrDefault(e => e.Code != nameof(IdentityErrorDescriber.DuplicateUserName)) is { } error)
            {
                return Problems.Invalid("userName", error.Description);
            }
        }
        catch (DbUpdateException exception) when (exception.IsDuplicate())
        {
            // Somebody else took the name between Identity's look and its write.
        }

        return Problems.Conflict("userName", $"The name '{user.UserName}' is taken.");
    }

    private static async Task<string?> FindFaultAsync(UserManager<User> users, User user, string password)
    {
        foreach (var rule in users.PasswordValidators)
        {
            if ((await rule.ValidateAsync(users, user, password)).Errors.FirstOrDefault() is { } error)
            {
                return error.Description;
            }
        }

        return null;
    }

    private static async Task<ProblemHttpResult?> FindLikenessAsync(UserManager<User> users, User user, ScaleUpDbContext database, CancellationToken cancellationToken)
    {
        // A name that is taken is refused with that reason.
        if (await users.FindByNameAsync(user.UserName!) is not null)
        {
            return null;
        }

        await database.LockNamesAsync([user.UserName!, user.DisplayName], cancellationToken);
        if (await database.IsConfusableWithAnotherAsync(user.UserName!, user.Id, cancellationToken))
        {
            return Problems.Conflict("userName", $"The name '{user.UserName}' looks like that of another user.");
        }

        return await database.IsConfusableWithAnotherAsync(user.DisplayName, user.Id, cancellationToken) ? Problems.Conflict("displayName", LooksLikeAnother) : null;
    }

    private static async Task<Results<Ok<Profile>, ProblemHttpResult>> GetAsync(
        string userName, ILookupNormalizer normalizer, ScaleUpDbContext database, CancellationToken cancellationToken)
    {
        var name = normalizer.NormalizeName(userName);
        var profile = await database.Users.Where(u => u.NormalizedUserName == name)
            .Select(u => new Profile(u.UserName!, u.DisplayName, u.CreatedAt,
                database.Articles.Count(a => a.AuthorId == u.Id && a.Status == ArticleStatus.Published && a.HiddenAt == null)))
            .FirstOrDefaultAsync(cancellationToken);
        return profile is null ? NoSuchUser(userName) : TypedResults.Ok(profile);
    }

    private static async Task<Results<Ok<Account>, ProblemHttpResult>> ChangeAsync(
        AccountChange request, ClaimsPrincipal caller, ScaleUpDbContext database, CancellationToken cancellationToken)
    {
        var id = caller.UserId();
        var name = await database.ComposeAsync(request.DisplayName.Trim(), cancellationToken);
        await database.LockNamesAsync([name], cancellationToken);
        // Names from before that look alike may stay as they are.
        if (!await database.Users.AnyAsync(u => u.Id == id && u.DisplayName == name, cancellationToken) && await database.IsConfusableWithAnotherAsync(name, id, cancellationToken))
        {
            return Problems.Conflict("displayName", LooksLikeAnother);
        }

        await database.Users.Where(u => u.Id == id).ExecuteUpdateAsync(set => set.SetProperty(u => u.DisplayName, name), cancellationToken);
        return TypedResults.Ok(new Account(id, caller.Identity!.Name!, name, caller.IsAdministrator()));
    }

    private static async Task<Results<Once<NoContent>, ProblemHttpResult>> ChangePasswordAsync(
        PasswordChange request, ClaimsPrincipal caller, PasswordVerifier passwords, UserManager<User> users, ScaleUpDbContext database,
        IdempotentWrite write, SecurityLog log, HttpContext context, CancellationToken cancellationToken)
    {
        var id = caller.UserId();
        // Before the look for a repetition: if the first request ends in between, this has the old hash.
        var user = await database.Users.AsNoTracking().SingleAsync(u => u.Id == id, cancellationToken);
        var session = caller.SessionId();
        string? hash = null;
        if (!await write.IsKnownAsync(context, id))
        {
            if (await FindFaultAsync(users, user, request.NewPassword) is { } fault)
            {
                return Problems.Invalid("newPassword", fault);
            }

            // Only who has this session can be delayed by what is tried in it.
            var check = await passwords.CheckAsync(user, user.NormalizedUserName!, $"session {session}", request.CurrentPassword, request.NewPassword, context);
            if (check.Refusal is { } refusal)
            {
                return refusal;
            }

            if (!check.IsRight)
            {
                log.Add(SecurityEvent.PasswordChangeFailed, caller);
                return WrongPassword();
            }

            hash = check.NewHash;
        }

        return new Once<NoContent>(id, async () =>
        {
            var stamp = Guid.NewGuid().ToString();
            if (hash is null || await database.Users.Where(u => u.Id == id && u.PasswordHash == user.PasswordHash).ExecuteUpdateAsync(
                set => set.SetProperty(u => u.PasswordHash, hash).SetProperty(u => u.SecurityStamp, stamp).SetProperty(u => u.ConcurrencyStamp, stamp), cancellationToken) == 0)
            {
                return WrongPassword();
            }

            await database.Sessions.Where(s => s.UserId == id && s.Id != session).ExecuteDeleteAsync(cancellationToken);
            log.Add(SecurityEvent.PasswordChanged, caller);
            return TypedResults.NoContent();
        });
    }

    private static ProblemHttpResult WrongPassword() => Problems.Invalid("currentPassword", "This is not the current password.");

    internal static ProblemHttpResult NoSuchUser(string userName) => Problems.NotFound($"There is no user with the name '{userName}'.");
}
