using System.Data.Common;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc;
using Microsoft.EntityFrameworkCore.Storage;
using ScaleUp.Api.Data;

namespace ScaleUp.Api.Errors;

/// <summary>
/// A database that can't be reached is not this server's fault and will pass: 503 with <c>Retry-After</c>, not 500.
/// </summary>
internal sealed class DatabaseUnavailableHandler(IProblemDetailsService problems, DatabaseCircuit circuit) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (!IsUnavailable(exception))
        {
            return false;
        }

        circuit.NoteFailure();
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
        // "Transaction is already completed": the connection was lost between two commands of the request (seen once in 5,000 writes
        // while PostgreSQL was killed under load).
        InvalidOperationException { Source: nameof(Npgsql) } => true,
        _ => IsUnavailable(exception.InnerException),
    };
}
