using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Sessions;
using ScaleUp.Web.Users;

namespace ScaleUp.Web.Pages;

/// <summary>Registers a user and signs them in.</summary>
public sealed class RegisterModel(UsersClient users, SessionsClient sessions) : SignInPage(sessions)
{
    [BindProperty]
    public string DisplayName { get; set; } = "";

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var (_, problem) = await users.RegisterAsync(UserName, DisplayName, Password, Key!, cancellationToken);
        if (problem is not null)
        {
            return await ShowAgainAsync(problem, cancellationToken);
        }

        // Without a session the account is there all the same.
        return await BeginSessionAsync(SecondKey, cancellationToken) is null
            ? ToReturnUrl("~/writing")
            : RedirectToPage("/SignIn", new { ReturnUrl });
    }
}
