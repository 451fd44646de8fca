using System.Data.Common;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using ScaleUp.Api.Data;

namespace ScaleUp.Api.Errors;

/// <summary>
/// A database that can't be reached is not this server's fault and will pass: 503 with <c>Retry-After</c>, not 500.
/// </summary>
internal sealed partial class DatabaseUnavailableHandler(IProblemDetailsService problems, DatabaseCircuitBreaker circuit, MigrationState state, ILogger<DatabaseUnavailableHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (!IsUnavailable(exception))
        {
            return false;
        }

        // Warm-up requests fail on a machine that is busy starting servers, which is no problem to look into.
        if (state.IsReady)
        {
            LogUnavailable(exception.GetBaseException().Message);
        }

        circuit.RecordFailure();
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = RetryAfter;
        await problems.WriteAsync(new ProblemDetailsContext { HttpContext = context, Exception = exception, ProblemDetails = CreateProblem() });
        return true;
    }

    /// <summary>Seconds.</summary>
    public const string RetryAfter = "2";

    /// <summary>The problem for where there is no request to write it with.</summary>
    public static byte[] ProblemAsJson() => JsonSerializer.SerializeToUtf8Bytes(CreateProblem(), JsonSerializerOptions.Web);

    private static ProblemDetails CreateProblem() => new()
    {
        Type = "https://tools.ietf.org/html/rfc9110#section-15.6.4",
        Title = "The database does not answer.",
        Detail = "Try again in a few seconds. A write with the same Idempotency-Key happens once, however often it is sent.",
        Status = StatusCodes.Status503ServiceUnavailable,
    };

    internal static bool IsUnavailable(Exception? exception) => exception switch
    {
        null => false,
        RetryLimitExceededException or DbException { IsTransient: true } or TimeoutException => true,
        // The server was too slow between two commands of one transaction (idle_in_transaction_session_timeout), so PostgreSQL ended it.
        PostgresException { SqlState: "25P03" } => true,
        // "Transaction is already completed": the connection was lost between two commands of the request (seen once in 5,000 writes
        // while PostgreSQL was killed under load).
        InvalidOperationException { Source: nameof(Npgsql) } => true,
        _ => IsUnavailable(exception.InnerException),
    };

    [LoggerMessage(LogLevel.Warning, "The database is unavailable: {Reason}")]
    private partial void LogUnavailable(string reason);
}
