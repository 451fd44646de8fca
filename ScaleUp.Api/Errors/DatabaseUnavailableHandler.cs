using System.Data.Common;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;

namespace ScaleUp.Api.Errors;

/// <summary>
/// A database that can't be reached is not this server's fault and will pass: 503 with <c>Retry-After</c>, not 500.
/// </summary>
internal sealed class DatabaseUnavailableHandler(IProblemDetailsService problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (!IsUnavailable(exception))
        {
            return false;
        }

        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.Headers.RetryAfter = "2";
        return await problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = context,
            Exception = exception,
            ProblemDetails =
            {
                Title = "The database does not answer.",
                Detail = "Nothing was changed. Try again in a few seconds.",
                Status = StatusCodes.Status503ServiceUnavailable,
            },
        });
    }

    private static bool IsUnavailable(Exception? exception) => exception switch
    {
        null => false,
        RetryLimitExceededException or DbException { IsTransient: true } or TimeoutException => true,
        _ => IsUnavailable(exception.InnerException),
    };
}
