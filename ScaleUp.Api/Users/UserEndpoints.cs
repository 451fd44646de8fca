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
    private const string ConfusableName = "This name looks like another user's name. Choose one that readers can tell apart.";

    public static void MapUsers(this IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/users").WithTags("Users");
        users.MapPost("/", RegisterAsync).WithName("Register").WithSummary("Registers a user.").WithDeferredTransaction()
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status429TooManyRequests);
        users.MapGet("/{userName}", GetAsync).WithName("GetUser").WithSummary("Returns a user's public profile.")
            .ProducesProblem(StatusCodes.Status404NotFound);

        var own = users.MapGroup("/me").RequireAuthorization().ProducesProblem(StatusCodes.Status401Unauthorized);
        own.MapPut("/", ChangeAsync).WithName("ChangeAccount").WithSummary("Changes your display name.")
            .ProducesProblem(StatusCodes.Status409Conflict);
        own.MapPut("/password", ChangePasswordAsync).WithName("ChangePassword")
            .WithSummary("Changes your password and ends all your other sessions.")
            .WithDeferredTransaction().ProducesProblem(StatusCodes.Status429TooManyRequests);
        users.MapUserAdministration();
    }

    private static async Task<Results<IdempotentResult<Created<Account>>, ProblemHttpResult>> RegisterAsync(
        Registration request, UserManager<User> users, PasswordHashingQueue hashingQueue, RegistrationThrottle throttle,
        ScaleUpDbContext database, TimeProvider clock, SecurityLog log, HttpContext context, CancellationToken cancellationToken)
    {
        var displayName = await database.ComposeAsync(request.DisplayName.Trim(), cancellationToken);
        var user = new User { UserName = request.UserName, DisplayName = displayName, CreatedAt = clock.Now() };
        if (await ValidatePasswordAsync(users, user, request.Password) is { } error)
        {
            return Problems.Invalid("password", error);
        }

        var fingerprint = new ResponseProtector(context.IdempotencyKey()).FingerprintOf("registration", request.UserName, []);
        if (await throttle.RecordAttemptAsync(context.Source(), fingerprint, cancellationToken) is var wait && wait > TimeSpan.Zero)
        {
            log.Add(SecurityEvent.RegistrationThrottled, Guid.Empty, null);
            return PasswordVerifier.Throttled(context, wait, "Too many accounts were registered from your network. Try again in a minute.");
        }

        using (var lease = await hashingQueue.EnterAsync(context))
        {
            if (lease is null)
            {
                return PasswordHashingQueue.Overloaded(context);
            }

            user.PasswordHash = await users.PasswordHasher.HashAsync(user, request.Password);
        }

        // There is no account yet, so the key belongs to the user name.
        return new IdempotentResult<Created<Account>>(
            IdempotentWrite.CallerForName(users.NormalizeName(request.UserName)),
            () => CreateAsync(user, users, database, log, cancellationToken));
    }

    private static async Task<IResult> CreateAsync(
        User user, UserManager<User> users, ScaleUpDbContext database, SecurityLog log, CancellationToken cancellationToken)
    {
        if (await CheckConfusableNamesAsync(users, user, database, cancellationToken) is { } conflict)
        {
            return conflict;
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
            // Another request took the name after Identity's check.
        }

        return Problems.Conflict("userName", $"The name '{user.UserName}' is taken.");
    }

    private static async Task<string?> ValidatePasswordAsync(UserManager<User> users, User user, string password)
    {
        foreach (var validator in users.PasswordValidators)
        {
            if ((await validator.ValidateAsync(users, user, password)).Errors.FirstOrDefault() is { } error)
            {
                return error.Description;
            }
        }

        return null;
    }

    private static async Task<ProblemHttpResult?> CheckConfusableNamesAsync(
        UserManager<User> users, User user, ScaleUpDbContext database, CancellationToken cancellationToken)
    {
        // For an identical name, CreateAsync reports that it is taken.
        if (await users.FindByNameAsync(user.UserName!) is not null)
        {
            return null;
        }

        await database.LockNamesAsync([user.UserName!, user.DisplayName], cancellationToken);
        if (await database.IsConfusableWithAnotherAsync(user.UserName!, user.Id, cancellationToken))
        {
            return Problems.Conflict("userName", $"The name '{user.UserName}' looks like another user's name.");
        }

        return await database.IsConfusableWithAnotherAsync(user.DisplayName, user.Id, cancellationToken)
            ? Problems.Conflict("displayName", ConfusableName)
            : null;
    }

    private static async Task<Results<Ok<Profile>, ProblemHttpResult>> GetAsync(
        string userName, ILookupNormalizer normalizer, ScaleUpDbContext database, CancellationToken cancellationToken)
    {
        var name = normalizer.NormalizeName(userName);
        var profile = await database.Users.Where(u => u.NormalizedUserName == name)
            .Select(u => new Profile(u.UserName!, u.DisplayName, u.CreatedAt,
                database.Articles.Count(a => a.AuthorId == u.Id && a.Status == ArticleStatus.Published && a.HiddenAt == null)))
            .FirstOrDefaultAsync(cancellationToken);
        return profile is null ? UserNotFound(userName) : TypedResults.Ok(profile);
    }

    private static async Task<Results<Ok<Account>, ProblemHttpResult>> ChangeAsync(
        AccountChange request, ClaimsPrincipal caller, ScaleUpDbContext database, CancellationToken cancellationToken)
    {
        var id = caller.UserId();
        var name = await database.ComposeAsync(request.DisplayName.Trim(), cancellationToken);
        await database.LockNamesAsync([name], cancellationToken);
        // A user may keep an existing name, even if it looks like another one.
        if (!await database.Users.AnyAsync(u => u.Id == id && u.DisplayName == name, cancellationToken)
            && await database.IsConfusableWithAnotherAsync(name, id, cancellationToken))
        {
            return Problems.Conflict("displayName", ConfusableName);
        }

        await database.Users.Where(u => u.Id == id).ExecuteUpdateAsync(set => set.SetProperty(u => u.DisplayName, name), cancellationToken);
        return TypedResults.Ok(new Account(id, caller.Identity!.Name!, name, caller.IsAdministrator()));
    }

    private static async Task<Results<IdempotentResult<NoContent>, ProblemHttpResult>> ChangePasswordAsync(
        PasswordChange request, ClaimsPrincipal caller, PasswordVerifier passwords, UserManager<User> users, ScaleUpDbContext database,
        IdempotentWrite write, SecurityLog log, HttpContext context, CancellationToken cancellationToken)
    {
        var id = caller.UserId();
        // Read the user before looking for a record: if the first request commits in between, this request still has the old hash.
        var user = await database.Users.AsNoTracking().SingleAsync(u => u.Id == id, cancellationToken);
        var session = caller.SessionId();
        string? hash = null;
        if (!await write.IsRecordedAsync(context, id))
        {
            if (await ValidatePasswordAsync(users, user, request.NewPassword) is { } error)
            {
                return Problems.Invalid("newPassword", error);
            }

            // Attempts are counted per session, so that they throttle this session only.
            var check = await passwords.CheckAsync(
                user, user.NormalizedUserName!, $"session {session}", request.CurrentPassword, request.NewPassword, context);
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

        return new IdempotentResult<NoContent>(id, async () =>
        {
            var stamp = Guid.NewGuid().ToString();
            if (hash is null || await database.Users.Where(u => u.Id == id && u.PasswordHash == user.PasswordHash).ExecuteUpdateAsync(
                set => set.SetProperty(u => u.PasswordHash, hash)
                    .SetProperty(u => u.SecurityStamp, stamp).SetProperty(u => u.ConcurrencyStamp, stamp),
                cancellationToken) == 0)
            {
                return WrongPassword();
            }

            await database.Sessions.Where(s => s.UserId == id && s.Id != session).ExecuteDeleteAsync(cancellationToken);
            log.Add(SecurityEvent.PasswordChanged, caller);
            return TypedResults.NoContent();
        });
    }

    private static ProblemHttpResult WrongPassword() => Problems.Invalid("currentPassword", "The current password is wrong.");

    internal static ProblemHttpResult UserNotFound(string userName) => Problems.NotFound($"There is no user with the name '{userName}'.");
}
