using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Sessions;
using ScaleUp.Web.Users;

namespace ScaleUp.Web.Pages;

/// <summary>Registers and signs in a user.</summary>
public sealed class RegisterModel(UsersClient users, SessionsClient sessions) : SignInPage(sessions)
{
    [BindProperty]
    public string DisplayName { get; set; } = "";

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        var (_, problem) = await users.RegisterAsync(UserName, DisplayName, Password, Key!, cancellationToken);
        if (problem is not null)
        {
            return await RedisplayAsync(problem, cancellationToken);
        }

        // The account exists even if signing in fails.
        return await SignInAsync(SecondKey, cancellationToken) is null
            ? RedirectToReturnUrl("~/writing")
            : RedirectToPage("/SignIn", new { ReturnUrl });
    }
}
