using Microsoft.AspNetCore.Diagnostics;

namespace ScaleUp.Api.Errors;

/// <summary>Reports binding errors, such as a limit that is not a number, as problem details with the reason.</summary>
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
