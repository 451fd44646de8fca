using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using ScaleUp.Api.Idempotency;
using ScaleUp.Api.Security;

namespace ScaleUp.Api.Users;

/// <summary>Verifies passwords, with throttling; call it outside transactions.</summary>
internal sealed class PasswordVerifier(
    PasswordThrottle throttle, PasswordHashingQueue hashingQueue, IPasswordHasher<User> hasher, SecurityLog log)
{
    // Unknown names are verified against a dummy hash, so that response times do not reveal which names exist.
    private static readonly User s_unknownUser = new() { DisplayName = "" };
    private static string? s_unknownUserHash;

    /// <summary>The result of a check.</summary>
    /// <param name="IsRight">Whether the password is right.</param>
    /// <param name="NewHash">The hash to store instead of the current one; null to keep that.</param>
    /// <param name="Refusal">The response if the password was not checked; null if it was.</param>
    internal readonly record struct Result(bool IsRight, string? NewHash, ProblemHttpResult? Refusal);

    /// <summary>Checks a password.</summary>
    /// <param name="user">The account; null for an unknown name.</param>
    /// <param name="account">The normalized user name.</param>
    /// <param name="partition">The partition in which the account's attempts are counted.</param>
    /// <param name="password">The password to check.</param>
    /// <param name="newPassword">The new password, to be hashed if the current one is right; null to keep that.</param>
    /// <param name="context">The request.</param>
    public async Task<Result> CheckAsync(
        User? user, string account, string partition, string password, string? newPassword, HttpContext context)
    {
        var cancellationToken = context.RequestAborted;
        var key = PasswordThrottle.KeyOf(partition, account);
        var fingerprint = new ResponseProtector(context.IdempotencyKey())
            .FingerprintOf("attempt", account, Encoding.UTF8.GetBytes(password));
        if (await throttle.RecordAttemptAsync(key, fingerprint, cancellationToken) is var wait && wait > TimeSpan.Zero)
        {
            log.Add(SecurityEvent.PasswordThrottled, user?.Id ?? Guid.Empty, user?.UserName);
            return new Result(false, null, Throttled(context, wait, "Too many wrong passwords. Wait a moment, then try again."));
        }

        var result = await VerifyAsync(user, password, newPassword, context);
        if (result.IsRight)
        {
            await throttle.ResetAsync(key, cancellationToken);
        }

        return result;
    }

    // The lease covers hashing only, so that a slow database does not block the queue.
    private async Task<Result> VerifyAsync(User? user, string password, string? newPassword, HttpContext context)
    {
        using var lease = await hashingQueue.EnterAsync(context);
        if (lease is null)
        {
            return new Result(false, null, PasswordHashingQueue.Overloaded(context));
        }

        if (user?.PasswordHash is not { } hash)
        {
            s_unknownUserHash ??= await hasher.HashAsync(s_unknownUser, Guid.NewGuid().ToString());
            await hasher.VerifyAsync(s_unknownUser, s_unknownUserHash, password);
            return default;
        }

        var verification = await hasher.VerifyAsync(user, hash, password);
        if (verification == PasswordVerificationResult.Failed)
        {
            return default;
        }

        var needsHash = newPassword is not null || verification == PasswordVerificationResult.SuccessRehashNeeded;
        return new Result(true, needsHash ? await hasher.HashAsync(user, newPassword ?? password) : null, null);
    }

    /// <summary>The response to too many attempts: 429 with <c>Retry-After</c>.</summary>
    public static ProblemHttpResult Throttled(HttpContext context, TimeSpan retryAfter, string detail)
    {
        context.Response.Headers.RetryAfter = FormattableString.Invariant($"{Math.Ceiling(retryAfter.TotalSeconds):0}");
        return TypedResults.Problem(detail, statusCode: StatusCodes.Status429TooManyRequests);
    }
}
