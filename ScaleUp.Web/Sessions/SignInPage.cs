using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Forms;

namespace ScaleUp.Web.Sessions;

/// <summary>A page that ends in a session.</summary>
public abstract class SignInPage(SessionsClient sessions) : FormPage
{
    [BindProperty]
    public string UserName { get; set; } = "";

    [BindProperty]
    public string Password { get; set; } = "";

    /// <summary>The page that asked for it; null for none.</summary>
    [FromQuery(Name = "returnUrl")]
    public string? ReturnUrl { get; set; }

    public void OnGet()
    {
    }

    /// <summary>Signs the visitor in, with what was typed.</summary>
    /// <returns>Why not; null if it was done.</returns>
    protected async Task<ApiProblem?> BeginSessionAsync(string key, CancellationToken cancellationToken)
    {
        var device = Device.Describe(Request.Headers.UserAgent.ToString());
        var (session, problem) = await sessions.SignInAsync(UserName, Password, device, Request.ReadDevices(), key, cancellationToken);
        if (session is not null)
        {
            Response.SetSession(session.Token);
            Response.AddDevice(session.DeviceToken);
        }

        return problem;
    }

    /// <summary>Leads to the page that asked for it. Nowhere else: a link to this page could lead to somebody else's.</summary>
    protected IActionResult ToReturnUrl(string otherwise) => LocalRedirect(Url.IsLocalUrl(ReturnUrl) ? HeaderUrl.Encode(ReturnUrl) : otherwise);
}
