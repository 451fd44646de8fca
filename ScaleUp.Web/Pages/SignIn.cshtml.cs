using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Pages;

/// <summary>Begins a session.</summary>
public sealed class SignInModel(SessionsClient sessions) : SignInPage(sessions)
{
    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken) =>
        await BeginSessionAsync(Key!, cancellationToken) is { } problem
            ? await ShowAgainAsync(problem, cancellationToken)
            : ToReturnUrl("~/");
}
