using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ScaleUp.Web.Pages;

/// <summary>The error page, rendered instead of the requested page.</summary>
[ResponseCache(NoStore = true)]
[IgnoreAntiforgeryToken]
public sealed class ErrorModel : PageModel
{
    public int Status { get; private set; }

    public string Heading { get; private set; } = "";

    public string Advice { get; private set; } = "";

    /// <summary>Not a page handler, because a handler is for one HTTP method and requests of any method can fail.</summary>
    [NonHandler]
    public override void OnPageHandlerSelected(PageHandlerSelectedContext context)
    {
        // The middleware that re-executes this page has set the status; 200 means that the page was requested directly.
        Status = Response.StatusCode == StatusCodes.Status200OK ? StatusCodes.Status404NotFound : Response.StatusCode;
        Response.StatusCode = Status;
        if (Status == StatusCodes.Status503ServiceUnavailable)
        {
            Response.Headers.RetryAfter = ErrorPages.RetryAfter;
        }

        (Heading, Advice) = Status switch
        {
            StatusCodes.Status401Unauthorized => ("Please sign in", "Your session has ended."),
            StatusCodes.Status403Forbidden => ("Access denied", "Only the author or an administrator can do this."),
            StatusCodes.Status404NotFound => ("Page not found", "The address may be wrong, or the page was moved or deleted."),
            StatusCodes.Status405MethodNotAllowed =>
                ("Request not supported", $"This page accepts only {Response.Headers.Allow}. Please go back and try again."),
            StatusCodes.Status408RequestTimeout =>
                ("Your request took too long to arrive",
                    "Your connection may be slow. Nothing was saved. Go back to restore what you typed, then try again."),
            StatusCodes.Status413PayloadTooLarge =>
                ("This is too large",
                    "Articles can have up to 100,000 characters, and comments up to 4,000. Go back to restore what you typed."),
            StatusCodes.Status503ServiceUnavailable =>
                ("Not available right now", "Some of our servers are not responding. Nothing is lost. Please try again in a few seconds."),
            >= 400 and < 500 => ("Invalid request", "We couldn't understand the request. Please go back and try again."),
            _ => ("Something went wrong", "This is a problem on our side. Please try again in a moment."),
        };
    }
}
