using Microsoft.AspNetCore.Mvc;
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

    public void OnGet() => Show();

    /// <summary>A failed POST is shown here as well.</summary>
    public void OnPost() => Show();

    private void Show()
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
            StatusCodes.Status413PayloadTooLarge => ("This is too large", "An article has at most 100,000 characters, and a comment 4,000. Going back should bring back what you typed."),
            StatusCodes.Status404NotFound => ("There is nothing here", "The address may be mistyped, or what was here has moved."),
            StatusCodes.Status503ServiceUnavailable => ("Not available right now", "Some of our servers do not answer. Nothing is lost. Please try again in a few seconds."),
            >= 400 and < 500 => ("That did not work", "The request could not be understood. Going back and trying again may help."),
            _ => ("Something went wrong", "The fault is ours. Please try again in a moment."),
        };
    }
}
