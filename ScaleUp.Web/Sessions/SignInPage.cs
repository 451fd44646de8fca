using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Forms;

namespace ScaleUp.Web.Sessions;

/// <summary>A page that signs the visitor in.</summary>
public abstract class SignInPage(SessionsClient sessions) : FormPage
{
    [BindProperty]
    public string UserName { get; set; } = "";

    [BindProperty]
    public string Password { get; set; } = "";

    /// <summary>The page to show after sign-in; null for the default.</summary>
    [FromQuery(Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    public void OnGet()
    {
    }

    /// <summary>Signs the visitor in with the submitted credentials.</summary>
    /// <returns>The error; null on success.</returns>
    protected async Task<ApiProblem?> SignInAsync(string key, CancellationToken cancellationToken)
    {
        var device = UserAgent.Describe(Request.Headers.UserAgent.ToString());
        var (session, problem) = await sessions.SignInAsync(UserName, Password, device, Request.ReadDevices(), key, cancellationToken);
        if (session is not null)
        {
            Response.SetSession(session.Token);
            Response.AddDevice(session.DeviceToken);
        }

        return problem;
    }

    /// <summary>Redirects to <see cref="ReturnUrl"/>, but only within this site, to prevent open redirects.</summary>
    protected IActionResult RedirectToReturnUrl(string defaultUrl) =>
        LocalRedirect(Url.IsLocalUrl(ReturnUrl) ? HeaderUrl.Encode(ReturnUrl) : defaultUrl);
}
