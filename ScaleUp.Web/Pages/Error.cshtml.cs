using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.Filters;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ScaleUp.Web.Pages;

/// <summary>What a visitor sees instead of the page that was asked for.</summary>
[ResponseCache(NoStore = true)]
[IgnoreAntiforgeryToken]
public sealed class ErrorModel : PageModel
{
    public int Status { get; private set; }

    public string Heading { get; private set; } = "";

    public string Advice { get; private set; } = "";

    /// <summary>Here and not in a handler: a handler is for one method, and any may have failed.</summary>
    [NonHandler]
    public override void OnPageHandlerSelected(PageHandlerSelectedContext context)
    {
        // Whoever led here has set the status; without one, somebody typed this page's own address.
        Status = Response.StatusCode == StatusCodes.Status200OK ? StatusCodes.Status404NotFound : Response.StatusCode;
        Response.StatusCode = Status;
        if (Status == StatusCodes.Status503ServiceUnavailable)
        {
            Response.Headers.RetryAfter = ErrorPages.RetryAfter;
        }

        (Heading, Advice) = Status switch
        {
            StatusCodes.Status401Unauthorized => ("Please sign in", "Your session has ended."),
            StatusCodes.Status403Forbidden => ("This is not yours", "Only its author or an administrator may do this."),
            StatusCodes.Status404NotFound => ("There is nothing here", "The address may be mistyped, or what was here has moved."),
            StatusCodes.Status405MethodNotAllowed => ("This page cannot be used in this way", $"It can be used with {Response.Headers.Allow} only. Going back may help."),
            StatusCodes.Status408RequestTimeout => ("Your request took too long to arrive", "Your connection may be slow. Nothing was stored: going back should bring back what you typed."),
            StatusCodes.Status413PayloadTooLarge => ("This is too large", "An article has at most 100,000 characters, and a comment 4,000. Going back should bring back what you typed."),
            StatusCodes.Status503ServiceUnavailable => ("Not available right now", "Some of our servers do not answer. Nothing is lost. Please try again in a few seconds."),
            >= 400 and < 500 => ("That did not work", "The request could not be understood. Going back and trying again may help."),
            _ => ("Something went wrong", "The fault is ours. Please try again in a moment."),
        };
    }
}
