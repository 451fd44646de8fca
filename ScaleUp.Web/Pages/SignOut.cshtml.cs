using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Forms;
using ScaleUp.Web.Security;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Pages;

/// <summary>Ends the session of this request.</summary>
public sealed class SignOutModel(SessionsClient sessions, Visitor visitor) : FormPage
{
    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        // Whose session has ended before is signed out already.
        if (visitor.MayTry && (await sessions.SignOutAsync(Key!, cancellationToken)).Problem is { Status: not StatusCodes.Status401Unauthorized } problem)
        {
            return await ShowAgainAsync(problem, cancellationToken);
        }

        Response.ClearSession();
        Response.ClearSite();
        return await FinishAsync(null, "You are signed out.", () => RedirectToPage("/Index"), cancellationToken);
    }
}
