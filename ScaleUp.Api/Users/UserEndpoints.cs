using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Articles;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;
using ScaleUp.Api.Sessions;

namespace ScaleUp.Api.Users;

internal static class UserEndpoints
{
    private const string LooksLikeAnother = "This name looks like that of another user. Readers should be able to tell you apart.";

    public static void MapUsers(this IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/users").WithTags("Users");
        users.MapPost("/", RegisterAsync).WithName("Register").WithSummary("Registers a user.").ProducesProblem(StatusCodes.Status409Conflict);
        users.MapGet("/{userName}", GetAsync).WithName("GetUser").WithSummary("Tells what everybody may know of a user.").ProducesProblem(StatusCodes.Status404NotFound);

        var own = users.MapGroup("/me").RequireAuthorization().ProducesProblem(StatusCodes.Status401Unauthorized);
        own.MapPut("/", ChangeAsync).WithName("ChangeAccount").WithSummary("Changes one's display name.").ProducesProblem(StatusCodes.Status409Conflict);
        own.MapPut("/password", ChangePasswordAsync).WithName("ChangePassword").WithSummary("Changes one's password and ends all one's other sessions.")
            .ProducesProblem(StatusCodes.Status423Locked);
        users.MapUserAdministration();
    }

    private static async Task<Results<Created<Account>, ProblemHttpResult>> RegisterAsync(
        Registration request, UserManager<User> users, ScaleUpDbContext database, TimeProvider clock, CancellationToken cancellationToken)
    {
        var displayName = await database.ComposeAsync(request.DisplayName.Trim(), cancellationToken);
        var user = new User { UserName = request.UserName, DisplayName = displayName, CreatedAt = clock.Now() };
        if (await users.FindByNameAsync(request.UserName) is null)
        {
            if (await database.IsLikeAnotherAsync(request.UserName, user.Id, cancellationToken))
            {
                return Problems.Conflict("userName", $"The name '{request.UserName}' looks like that of another user.");
            }

            if (await database.IsLikeAnotherAsync(displayName, user.Id, cancellationToken))
            {
                return Problems.Conflict("displayName", LooksLikeAnother);
            }
        }

        try
        {
            var result = await users.CreateAsync(user, request.Password);
            if (result.Succeeded)
            {
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

        return Problems.Conflict("userName", $"The name '{request.UserName}' is taken.");
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
        // Names from before that look alike may stay as they are.
        if (!await database.Users.AnyAsync(u => u.Id == id && u.DisplayName == name, cancellationToken) && await database.IsLikeAnotherAsync(name, id, cancellationToken))
        {
            return Problems.Conflict("displayName", LooksLikeAnother);
        }

        await database.Users.Where(u => u.Id == id).ExecuteUpdateAsync(set => set.SetProperty(u => u.DisplayName, name), cancellationToken);
        return TypedResults.Ok(new Account(id, caller.Identity!.Name!, name, caller.IsAdministrator()));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> ChangePasswordAsync(
        PasswordChange request, ClaimsPrincipal caller, PasswordCheck passwords, UserManager<User> users, ScaleUpDbContext database,
        HttpContext context, CancellationToken cancellationToken)
    {
        var check = await passwords.CheckAsync(caller.Identity!.Name!, request.CurrentPassword, cancellationToken);
        if (check.IsLockedOut)
        {
            return PasswordCheck.LockedOut(context, check.RetryAfter);
        }

        if (check.User is not { } user)
        {
            return Problems.Invalid("currentPassword", "This is not the current password.");
        }

        var result = await users.ChangePasswordAsync(user, request.CurrentPassword, request.NewPassword);
        if (!result.Succeeded)
        {
            return Problems.Invalid("newPassword", string.Join(' ', result.Errors.Select(e => e.Description)));
        }

        var session = caller.SessionId();
        await database.Sessions.Where(s => s.UserId == user.Id && s.Id != session).ExecuteDeleteAsync(cancellationToken);
        return TypedResults.NoContent();
    }

    internal static ProblemHttpResult NoSuchUser(string userName) => Problems.NotFound($"There is no user with the name '{userName}'.");
}
