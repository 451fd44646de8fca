using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Pages;

/// <summary>Signs the visitor in.</summary>
public sealed class SignInModel(SessionsClient sessions) : SignInPage(sessions)
{
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken) =>
        await SignInAsync(Key!, cancellationToken) is { } problem
            ? await RedisplayAsync(problem, cancellationToken)
            : RedirectToReturnUrl("~/");
}
