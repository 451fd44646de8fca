using System.Data.Common;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using ScaleUp.Api.Data;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.Errors;

/// <summary>
/// Reports an unavailable database as 503 with <c>Retry-After</c> instead of 500, because the failure is temporary.
/// </summary>
internal sealed partial class DatabaseUnavailableHandler(
    IProblemDetailsService problems, DatabaseCircuitBreaker circuit, MigrationState state, ILogger<DatabaseUnavailableHandler> logger)
    : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (!IsUnavailable(exception))
        {
            return false;
        }

        // Failed warm-up requests are expected while a busy machine starts several servers.
        if (state.IsReady)
        {
            LogUnavailable(exception.GetBaseException().Message);
        }

        circuit.RecordFailure();
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = RetryAfter;
        await problems.WriteAsync(new ProblemDetailsContext
        {
            HttpContext = context,
            Exception = exception,
            ProblemDetails = CreateProblem(),
        });
        return true;
    }

    /// <summary>Value of the <c>Retry-After</c> header, in seconds.</summary>
    public const string RetryAfter = "2";

    /// <summary>Creates the problem details.</summary>
    public static ProblemDetails CreateProblem() => Problems.Unavailable(
        "The database is unavailable.",
        $"Try again in a few seconds. Sending a write again with the same {HttpHeaderNames.IdempotencyKey} performs it once.");

    internal static bool IsUnavailable(Exception? exception) => exception switch
    {
        null => false,
        RetryLimitExceededException or DbException { IsTransient: true } or TimeoutException => true,
        // This server was too slow between two commands of a transaction (idle_in_transaction_session_timeout), so PostgreSQL ended it.
        PostgresException { SqlState: "25P03" } => true,
        // A primary became a standby (25006), or a server is shutting down, crashed, is starting, or dropped the session (57P0x).
        PostgresException { SqlState: "25006" or "57P01" or "57P02" or "57P03" or "57P05" } => true,
        // Every host of the connection string failed just now, or within the last second ("No suitable host was found", without a cause).
        NpgsqlException { InnerException: null or AggregateException } and not PostgresException => true,
        // "Transaction is already completed": the connection was lost between two commands of the request (observed once in 5,000
        // writes while PostgreSQL was killed under load).
        InvalidOperationException { Source: nameof(Npgsql) } => true,
        _ => IsUnavailable(exception.InnerException),
    };

    [LoggerMessage(LogLevel.Warning, "The database is unavailable: {Reason}")]
    private partial void LogUnavailable(string reason);
}
