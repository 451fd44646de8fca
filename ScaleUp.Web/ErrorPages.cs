using ScaleUp.ServiceDefaults;
using ScaleUp.Web.ApiClient;

namespace ScaleUp.Web;

/// <summary>Whatever goes wrong, the visitor sees a page of the site with the status that fits, never a stack trace.</summary>
internal static partial class ErrorPages
{
    /// <summary>Seconds: what is away is back by then, or will take longer.</summary>
    public const string RetryAfter = "2";

    public static void UseErrorPages(this WebApplication app)
    {
        var warmUp = app.Services.GetRequiredService<WarmUp>();
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandlingPath = "/error",
            StatusCodeSelector = StatusOf,
            // Otherwise each page in an outage, and each malformed request, is an error of this server with a stack trace.
            SuppressDiagnosticsCallback = context => IsReported(context.Exception, app.Logger, warmUp),
        });
        app.UseStatusCodePagesWithReExecute("/error");
    }

    private static bool IsReported(Exception exception, ILogger logger, WarmUp warmUp)
    {
        var status = StatusOf(exception);
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            // All servers start together, so a web server's warm-up may come before the first application server is there.
            var level = warmUp.IsRunning ? LogLevel.Information : LogLevel.Warning;
            var reason = exception.GetBaseException().Message;
            LogUnavailable(logger, level, reason);
        }

        return status != StatusCodes.Status500InternalServerError;
    }

    [LoggerMessage(EventName = "ApiUnavailable", Message = "No application server has answered: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, LogLevel level, string reason);

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
