using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Forms;
using ScaleUp.Web.Security;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Pages;

/// <summary>Signs the visitor out.</summary>
public sealed class SignOutModel(SessionsClient sessions, Visitor visitor) : FormPage
{
    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        // 401 means that the session has already ended.
        if (visitor.HasSession
            && (await sessions.SignOutAsync(Key!, cancellationToken)).Problem is { Status: not StatusCodes.Status401Unauthorized } problem)
        {
            return await RedisplayAsync(problem, cancellationToken);
        }

        Response.ClearSession();
        Response.ClearSite();
        return await FinishAsync(null, "You are signed out.", () => RedirectToPage("/Index"), cancellationToken);
    }
}
