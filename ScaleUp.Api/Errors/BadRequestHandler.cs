using Microsoft.AspNetCore.Diagnostics;

namespace ScaleUp.Api.Errors;

/// <summary>A request that can't be bound (a limit that is no number, say) says what was wrong with it.</summary>
internal sealed class BadRequestHandler(IProblemDetailsService problems) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (exception is not BadHttpRequestException badRequest)
        {
            return false;
        }

        context.Response.StatusCode = badRequest.StatusCode;
        return await problems.TryWriteAsync(new ProblemDetailsContext
        {
            HttpContext = context,
            Exception = exception,
            ProblemDetails = { Detail = badRequest.Message, Status = badRequest.StatusCode },
        });
    }
}
