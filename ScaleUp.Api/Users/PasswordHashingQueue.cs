using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;

namespace ScaleUp.Api.Users;

/// <summary>
/// Limits concurrent password hashing, with a short queue: hashing is slow on purpose, and could otherwise use all processors. Hash
/// outside transactions, because PostgreSQL ends idle ones and a connection would be blocked meanwhile.
/// </summary>
internal sealed class PasswordHashingQueue(IOptions<PasswordHashingOptions> options, DatabaseOptions database) : IDisposable
{
    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = options.Value.Parallel,
        QueueLimit = options.Value.Queue,
        // Under overload the oldest requests would miss their deadline, so serving them first would complete none in time.
        QueueProcessingOrder = QueueProcessingOrder.NewestFirst,
    });

    /// <summary>Waits for a permit, at most half of the request's deadline.</summary>
    /// <returns>The lease, which the caller disposes; null if the queue is full or the wait timed out.</returns>
    public async Task<RateLimitLease?> AcquireAsync(CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(database.Deadline / 2);
        try
        {
            var lease = await _limiter.AcquireAsync(1, timeout.Token);
            if (lease.IsAcquired)
            {
                return lease;
            }

            lease.Dispose();
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>The response without a permit: 503, so that web servers retry on another server.</summary>
    public static ProblemHttpResult Overloaded(HttpContext context)
    {
        context.Response.Headers.RetryAfter = DatabaseUnavailableHandler.RetryAfter;
        return TypedResults.Problem(
            "Too many people are signing in or registering right now. Try again in a few seconds.",
            statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    public void Dispose() => _limiter.Dispose();
}

/// <summary>Hashes and verifies passwords on a thread of the pool; the caller must hold a lease of the queue.</summary>
internal static class PasswordHasherExtensions
{
    public static Task<string> HashAsync(this IPasswordHasher<User> hasher, User user, string password) =>
        Task.Run(() => hasher.HashPassword(user, password));

    public static Task<PasswordVerificationResult> VerifyAsync(
        this IPasswordHasher<User> hasher, User user, string hash, string password) =>
        Task.Run(() => hasher.VerifyHashedPassword(user, hash, password));
}
