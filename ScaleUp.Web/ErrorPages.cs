using ScaleUp.ServiceDefaults;
using ScaleUp.Web.ApiClient;

namespace ScaleUp.Web;

/// <summary>Shows every error as a page of the site with the appropriate status, never a stack trace.</summary>
internal static partial class ErrorPages
{
    /// <summary>Seconds; failover takes less.</summary>
    public const string RetryAfter = "2";

    public static void UseErrorPages(this WebApplication app)
    {
        var warmUp = app.Services.GetRequiredService<WarmUp>();
        app.UseExceptionHandler(new ExceptionHandlerOptions
        {
            ExceptionHandlingPath = "/error",
            StatusCodeSelector = GetStatusCode,
            // ASP.NET Core would log an error with a stack trace for each page in an outage and each malformed request.
            SuppressDiagnosticsCallback = context => IsExpected(context.Exception, app.Logger, warmUp),
        });
        app.UseStatusCodePagesWithReExecute("/error");
    }

    private static bool IsExpected(Exception exception, ILogger logger, WarmUp warmUp)
    {
        var status = GetStatusCode(exception);
        if (status == StatusCodes.Status503ServiceUnavailable)
        {
            // Not a warning during warm-up: all servers start together, so no application server may be ready yet.
            var level = warmUp.IsRunning ? LogLevel.Information : LogLevel.Warning;
            var reason = exception.GetBaseException().Message;
            LogUnavailable(logger, level, reason);
        }

        return status != StatusCodes.Status500InternalServerError;
    }

    [LoggerMessage(EventName = "ApiUnavailable", Message = "No application server responded: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, LogLevel level, string reason);

    private static int GetStatusCode(Exception exception) => exception switch
    {
        BadHttpRequestException { StatusCode: var status } => status,
        ApiUnavailableException => StatusCodes.Status503ServiceUnavailable,
        // Reading the data-protection keys from the API may fail too; ASP.NET Core wraps that exception.
        { InnerException: { } inner } => GetStatusCode(inner),
        HttpRequestException { StatusCode: null } or Polly.Timeout.TimeoutRejectedException => StatusCodes.Status503ServiceUnavailable,
        HttpRequestException { StatusCode: System.Net.HttpStatusCode.ServiceUnavailable } => StatusCodes.Status503ServiceUnavailable,
        _ => StatusCodes.Status500InternalServerError,
    };
}
