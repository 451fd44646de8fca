using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Forms;
using ScaleUp.Web.Sessions;
using ScaleUp.Web.Users;

namespace ScaleUp.Web.Pages;

/// <summary>Registers a user and signs them in.</summary>
public sealed class RegisterModel(UsersClient users, SessionsClient sessions) : FormPage
{
    [BindProperty]
    public string UserName { get; set; } = "";

    [BindProperty]
    public string DisplayName { get; set; } = "";

    [BindProperty]
    public string Password { get; set; } = "";

    /// <summary>The page that asked for it; null for none.</summary>
    [BindProperty(SupportsGet = true)]
    public string? ReturnUrl { get; set; }

    public void OnGet()
    {
    }

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var (_, problem) = await users.RegisterAsync(UserName, DisplayName, Password, Key!, cancellationToken);
        if (problem is not null)
        {
            return await ShowAgainAsync(problem, cancellationToken);
        }

        var (session, _) = await sessions.SignInAsync(
            UserName, Password, Device.Describe(Request.Headers.UserAgent.ToString()), SecondKey, cancellationToken);
        if (session is null)
        {
            // The account is there all the same.
            return RedirectToPage("/SignIn", new { ReturnUrl });
        }

        Response.SetSession(session.Token);
        return LocalRedirect(Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : "~/writing");
    }
}
