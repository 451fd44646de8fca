using ScaleUp.Web.Api;

namespace ScaleUp.Web;

/// <summary>Whatever goes wrong, the visitor sees a page of the site with the status that fits, never a stack trace.</summary>
internal static class ErrorPages
{
    /// <summary>Seconds: what is away is back by then, or will take longer.</summary>
    public const string RetryAfter = "2";

    public static void UseErrorPages(this WebApplication app)
    {
        app.UseExceptionHandler(new ExceptionHandlerOptions { ExceptionHandlingPath = "/error", StatusCodeSelector = StatusOf });
        app.UseStatusCodePagesWithReExecute("/error");
    }

    private static int StatusOf(Exception exception) => exception switch
    {
        BadHttpRequestException { StatusCode: var status } => status,
        ApiUnavailableException => StatusCodes.Status503ServiceUnavailable,
        // Without the keys of its forms a page can't be made, and they come from the application servers too.
        { InnerException: { } inner } => StatusOf(inner),
        HttpRequestException { StatusCode: null } or Polly.Timeout.TimeoutRejectedException => StatusCodes.Status503ServiceUnavailable,
        HttpRequestException { StatusCode: System.Net.HttpStatusCode.ServiceUnavailable } => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
