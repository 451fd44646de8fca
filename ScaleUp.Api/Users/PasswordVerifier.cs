using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using ScaleUp.Api.Idempotency;
using ScaleUp.Api.Security;

namespace ScaleUp.Api.Users;

/// <summary>Whether a password is right. No transaction is open meanwhile.</summary>
internal sealed class PasswordVerifier(PasswordThrottle throttle, PasswordHashingQueue work, IPasswordHasher<User> hasher, SecurityLog log)
{
    // A name without an account takes as long to refuse as one with.
    private static readonly User s_unknownUser = new() { DisplayName = "" };
    private static string? s_unknownUserHash;

    /// <summary>The result of a check.</summary>
    /// <param name="IsRight">Whether the password is right.</param>
    /// <param name="NewHash">The hash to store instead of the present one; null if that stays.</param>
    /// <param name="Refusal">The response if the password was not checked; null if it was.</param>
    internal readonly record struct Result(bool IsRight, string? NewHash, ProblemHttpResult? Refusal);

    /// <summary>Checks a password.</summary>
    /// <param name="user">Whose it may be; null for a name that no account has.</param>
    /// <param name="account">The normalized user name.</param>
    /// <param name="place">What attempts are counted for, beside the account.</param>
    /// <param name="password">The password.</param>
    /// <param name="newPassword">The password to hash if the other one is right; null to keep that.</param>
    /// <param name="context">The request.</param>
    public async Task<Result> CheckAsync(User? user, string account, string place, string password, string? newPassword, HttpContext context)
    {
        var cancellationToken = context.RequestAborted;
        var key = PasswordThrottle.KeyOf(place, account);
        var fingerprint = new ResponseProtector(context.IdempotencyKey()).FingerprintOf("attempt", account, Encoding.UTF8.GetBytes(password));
        if (await throttle.BeginAsync(key, fingerprint, cancellationToken) is var wait && wait > TimeSpan.Zero)
        {
            log.Add(SecurityEvent.PasswordThrottled, user?.Id ?? Guid.Empty, user?.UserName);
            return new Result(false, null, TooMany(context, wait, "There were too many wrong passwords. Wait a moment, then try again."));
        }

        var result = await VerifyAsync(user, password, newPassword, context);
        if (result.IsRight)
        {
            await throttle.ForgetAsync(key, cancellationToken);
        }

        return result;
    }

    // A turn is for hashing alone: it does not wait for the database.
    private async Task<Result> VerifyAsync(User? user, string password, string? newPassword, HttpContext context)
    {
        using var turn = await work.EnterAsync(context);
        if (turn is null)
        {
            return new Result(false, null, PasswordHashingQueue.Busy(context));
        }

        if (user?.PasswordHash is not { } hash)
        {
            await hasher.VerifyAsync(s_unknownUser, s_unknownUserHash ??= await hasher.HashAsync(s_unknownUser, Guid.NewGuid().ToString()), password);
            return default;
        }

        var verdict = await hasher.VerifyAsync(user, hash, password);
        if (verdict == PasswordVerificationResult.Failed)
        {
            return default;
        }

        var isRenewed = newPassword is not null || verdict == PasswordVerificationResult.SuccessRehashNeeded;
        return new Result(true, isRenewed ? await hasher.HashAsync(user, newPassword ?? password) : null, null);
    }

    /// <summary>The response to too many attempts.</summary>
    public static ProblemHttpResult TooMany(HttpContext context, TimeSpan retryAfter, string detail)
    {
        context.Response.Headers.RetryAfter = FormattableString.Invariant($"{Math.Ceiling(retryAfter.TotalSeconds):0}");
        return TypedResults.Problem(detail, statusCode: StatusCodes.Status429TooManyRequests);
    }
}
