using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Forms;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Pages;

/// <summary>Begins a session.</summary>
public sealed class SignInModel(SessionsClient sessions) : FormPage
{
    [BindProperty]
    public string UserName { get; set; } = "";

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
        var (session, problem) = await sessions.SignInAsync(UserName, Password, Device.Describe(Request.Headers.UserAgent.ToString()), Key!, cancellationToken);
        if (problem is not null)
        {
            return await ShowAgainAsync(problem, cancellationToken);
        }

        Response.SetSession(session!.Token);
        // Nowhere else: a link to this page could lead to somebody else's.
        return LocalRedirect(Url.IsLocalUrl(ReturnUrl) ? ReturnUrl : "~/");
    }
}
