using Polly.Timeout;

namespace ScaleUp.Web;

/// <summary>Whatever goes wrong, the visitor sees a page of the site with the status that fits, never a stack trace.</summary>
internal static class ErrorPages
{
    public static void UseErrorPages(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandlingPath = "/error",
            StatusCodeSelector = exception => IsTierDown(exception)
                ? StatusCodes.Status503ServiceUnavailable
                : StatusCodes.Status500InternalServerError,
        });
        app.UseStatusCodePagesWithReExecute("/error");
    }

    // After all attempts at all endpoints: no load balancer or no application server answered.
    private static bool IsTierDown(Exception exception) => exception is HttpRequestException or TimeoutRejectedException;
}
