using System.Data.Common;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;

namespace ScaleUp.Api.Errors;

/// <summary>
/// A database that can't be reached is not this server's fault and will pass: 503 with <c>Retry-After</c>, not 500.
/// </summary>
internal sealed class DatabaseUnavailableHandler : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (!IsUnavailable(exception))
        {
            return false;
        }

        await WriteAsync(context);
        return true;
    }

    /// <summary>Answers that the database is away.</summary>
    public static Task WriteAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "2";
        return context.RequestServices.GetRequiredService<IProblemDetailsService>().WriteAsync(new ProblemDetailsContext
        {
            HttpContext = context,
            ProblemDetails =
            {
                Title = "The database does not answer.",
                Detail = "Nothing was changed. Try again in a few seconds.",
                Status = StatusCodes.Status503ServiceUnavailable,
            },
        }).AsTask();
    }

    private static bool IsUnavailable(Exception? exception) => exception switch
    {
        null => false,
        RetryLimitExceededException or DbException { IsTransient: true } or TimeoutException => true,
        _ => IsUnavailable(exception.InnerException),
    };
}
