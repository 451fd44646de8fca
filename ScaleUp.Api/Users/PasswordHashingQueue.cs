using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;

namespace ScaleUp.Api.Users;

/// <summary>
/// Hashes passwords, few at a time and with a short queue: hashing is meant to be slow, and would otherwise take all processors from
/// readers. No database connection is held meanwhile; PostgreSQL ends transactions that do nothing.
/// </summary>
internal sealed class PasswordHashingQueue(IOptions<PasswordHashingOptions> options, DatabaseOptions database) : IDisposable
{
    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = options.Value.Parallel,
        QueueLimit = options.Value.Queue,
        // Under too much load the oldest would all have waited too long to be answered in time, and nobody would get in.
        QueueProcessingOrder = QueueProcessingOrder.NewestFirst,
    });

    /// <summary>Waits for a turn, at most half of the time that the request has.</summary>
    /// <returns>The turn, to be disposed of; null if too many wait.</returns>
    public async Task<RateLimitLease?> EnterAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(database.Deadline / 2);
        try
        {
            var lease = await _limiter.AcquireAsync(1, limit.Token);
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

    /// <summary>The response if too many wait: 503, so that web servers try another server first.</summary>
    public static ProblemHttpResult Busy(HttpContext context)
    {
        context.Response.Headers.RetryAfter = DatabaseUnavailableHandler.RetryAfter;
        return TypedResults.Problem("Too many people sign in or register right now. Try again in a few seconds.", statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    public void Dispose() => _limiter.Dispose();
}

/// <summary>Hashing off the request's thread, by whoever has a turn.</summary>
internal static class PasswordHasherExtensions
{
    public static Task<string> HashAsync(this IPasswordHasher<User> hasher, User user, string password) => Task.Run(() => hasher.HashPassword(user, password));

    public static Task<PasswordVerificationResult> VerifyAsync(this IPasswordHasher<User> hasher, User user, string hash, string password) =>
        Task.Run(() => hasher.VerifyHashedPassword(user, hash, password));
}
