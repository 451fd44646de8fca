using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Forms;
using ScaleUp.Web.Sessions;
using ScaleUp.Web.Users;

namespace ScaleUp.Web.Pages.Account;

/// <summary>Changes the visitor's display name and password.</summary>
[RequireSignIn]
public sealed class AccountModel(UsersClient users, Visitor visitor) : FormPage
{
    [BindProperty]
    public string DisplayName { get; set; } = "";

    [BindProperty]
    public string CurrentPassword { get; set; } = "";

    [BindProperty]
    public string NewPassword { get; set; } = "";

    /// <summary>The visitor's user name; null while the API is unavailable.</summary>
    public string? UserName => visitor.Account?.UserName;

    public void OnGet() => DisplayName = visitor.Account?.DisplayName ?? "";

    public async Task<IActionResult> OnPostNameAsync(CancellationToken cancellationToken)
    {
        var (_, problem) = await users.RenameAsync(DisplayName, Key!, cancellationToken);
        return await FinishAsync(problem, "Display name changed.", () => RedirectToPage(), cancellationToken);
    }

    public async Task<IActionResult> OnPostPasswordAsync(CancellationToken cancellationToken)
    {
        DisplayName = visitor.Account?.DisplayName ?? "";
        var (_, problem) = await users.ChangePasswordAsync(CurrentPassword, NewPassword, Key!, cancellationToken);
        return await FinishAsync(
            problem, "Password changed. All your other sessions were signed out.", () => RedirectToPage(), cancellationToken);
    }
}
