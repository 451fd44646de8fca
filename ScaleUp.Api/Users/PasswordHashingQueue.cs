using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Options;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;

namespace ScaleUp.Api.Users;

/// <summary>
/// Limits concurrent password hashing, with a short queue: hashing is slow on purpose, and could otherwise use all processors. Hash
/// outside transactions, because PostgreSQL ends idle ones and a connection would be blocked meanwhile.
/// </summary>
internal sealed class PasswordHashingQueue(IOptions<PasswordHashingOptions> options, TimeProvider clock) : IDisposable
{
    private const string OverloadedDetail = "Too many people are signing in or registering right now. Try again in a few seconds.";

    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = options.Value.Parallel,
        QueueLimit = options.Value.Queue,
        // Under overload the oldest requests would miss their deadline, so serving them first would complete none in time.
        QueueProcessingOrder = QueueProcessingOrder.NewestFirst,
    });

    /// <summary>
    /// Waits for a lease, at most half of <see cref="PasswordHashingOptions.TimeLimit"/>. The database deadline of the request is suspended
    /// until the lease is disposed.
    /// </summary>
    /// <returns>The lease; null if the queue is full or the wait times out.</returns>
    public async Task<IDisposable?> EnterAsync(HttpContext context)
    {
        var suspension = context.Features.Get<RequestDeadline>()?.Suspend(options.Value.TimeLimit);
        using var wait = new CancellationTokenSource(options.Value.TimeLimit / 2, clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, wait.Token);
        RateLimitLease? lease = null;
        try
        {
            lease = await _limiter.AcquireAsync(1, limit.Token);
            if (lease.IsAcquired)
            {
                var suspended = new Lease(lease, suspension);
                (lease, suspension) = (null, null);
                return suspended;
            }

            return null;
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            lease?.Dispose();
            suspension?.Dispose();
        }
    }

    /// <summary>The response without a lease: 503, so that web servers retry on another server.</summary>
    public static ProblemHttpResult Overloaded(HttpContext context)
    {
        context.Response.Headers.RetryAfter = DatabaseUnavailableHandler.RetryAfter;
        return TypedResults.Problem(OverloadedDetail, statusCode: StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>The problem details of the same response, for middleware.</summary>
    public static ProblemDetails CreateProblem() => Problems.Unavailable("Service Unavailable", OverloadedDetail);

    public void Dispose() => _limiter.Dispose();

    private sealed class Lease(RateLimitLease lease, IDisposable? suspension) : IDisposable
    {
        public void Dispose()
        {
            lease.Dispose();
            suspension?.Dispose();
        }
    }
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
