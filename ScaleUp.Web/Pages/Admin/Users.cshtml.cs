using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Forms;
using ScaleUp.Web.Sessions;
using ScaleUp.Web.Users;

namespace ScaleUp.Web.Pages.Admin;

/// <summary>Lists all users for administrators, and blocks or unblocks them.</summary>
[RequireSignIn]
public sealed class UsersModel(UsersClient client, Visitor visitor) : FormPage
{
    /// <summary>The cursor of this page of the list; null on the first.</summary>
    [FromQuery(Name = "after")]
    public string? After { get; set; }

    [BindProperty]
    public string UserName { get; set; } = "";

    [BindProperty]
    public string Reason { get; set; } = "";

    public Visitor Visitor => visitor;

    public Page<ListedUser> Users { get; private set; } = new([], null);

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => await LoadAsync(cancellationToken) ?? Page();

    public async Task<IActionResult> OnPostBlockAsync(CancellationToken cancellationToken)
    {
        var (_, problem) = await client.BlockAsync(UserName, Reason, Key!, cancellationToken);
        return await FinishAsync(
            problem, "The user is blocked and signed out everywhere.", () => RedirectToPage(new { After }), cancellationToken);
    }

    public async Task<IActionResult> OnPostUnblockAsync(CancellationToken cancellationToken)
    {
        var (_, problem) = await client.UnblockAsync(UserName, Key!, cancellationToken);
        return await FinishAsync(problem, "The user can sign in again.", () => RedirectToPage(new { After }), cancellationToken);
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        var (users, problem) = await client.ListAsync(After, cancellationToken);
        Users = users ?? Users;
        return problem is null ? null : ToErrorResult(problem);
    }
}
