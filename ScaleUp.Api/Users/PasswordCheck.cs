using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;

namespace ScaleUp.Api.Users;

/// <summary>
/// Whether a password is right. Failures are counted while the user's row is locked, so that guesses sent to all servers at
/// once are counted each. Needs a transaction, which every write has (see Idempotency).
/// </summary>
internal sealed class PasswordCheck(UserManager<User> users, IPasswordHasher<User> hasher, ScaleUpDbContext database, TimeProvider clock)
{
    // Somebody who is not there takes as long to refuse as somebody who is.
    private static readonly User s_nobody = new() { DisplayName = "" };
    private static string? s_nobodysPassword;

    /// <summary>What came of it.</summary>
    /// <param name="User">The user if the password is right, else null.</param>
    /// <param name="RetryAfter">How long no password is taken; none if one is.</param>
    internal readonly record struct Result(User? User, TimeSpan RetryAfter)
    {
        public bool IsLockedOut => RetryAfter > TimeSpan.Zero;
    }

    public async Task<Result> CheckAsync(string userName, string password, CancellationToken cancellationToken)
    {
        var name = users.NormalizeName(userName);
        var user = (await database.Users.FromSql($"SELECT * FROM users WHERE normalized_user_name = {name} FOR UPDATE").ToListAsync(cancellationToken))
            .SingleOrDefault();
        if (user?.PasswordHash is null)
        {
            hasher.VerifyHashedPassword(s_nobody, s_nobodysPassword ??= hasher.HashPassword(s_nobody, Guid.NewGuid().ToString()), password);
            return default;
        }

        if (user.LockoutEnd - clock.Now() is { } rest && rest > TimeSpan.Zero)
        {
            return new Result(null, rest);
        }

        if (await users.CheckPasswordAsync(user, password))
        {
            Check(await users.ResetAccessFailedCountAsync(user));
            return new Result(user, TimeSpan.Zero);
        }

        Check(await users.AccessFailedAsync(user));
        return default;
    }

    /// <summary>The answer to somebody who has tried too often.</summary>
    public static ProblemHttpResult LockedOut(HttpContext context, TimeSpan retryAfter)
    {
        context.Response.Headers.RetryAfter = FormattableString.Invariant($"{Math.Ceiling(retryAfter.TotalSeconds):0}");
        return TypedResults.Problem("There were too many wrong passwords. Try again in a few minutes.", statusCode: StatusCodes.Status423Locked);
    }

    private static void Check(IdentityResult result)
    {
        if (!result.Succeeded)
        {
            throw new InvalidOperationException(string.Join(' ', result.Errors.Select(e => e.Description)));
        }
    }
}
