using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Forms;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Pages.Account;

/// <summary>Lists the visitor's sessions and ends them.</summary>
[RequireSignIn]
public sealed class SessionsModel(SessionsClient client) : FormPage
{
    [BindProperty]
    public Guid Id { get; set; }

    public IReadOnlyList<ListedSession> Sessions { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => await LoadAsync(cancellationToken) ?? Page();

    public async Task<IActionResult> OnPostRevokeAsync(CancellationToken cancellationToken)
    {
        var (_, problem) = await client.RevokeAsync(Id, Key!, cancellationToken);
        return await FinishAsync(problem, "The session was signed out.", () => RedirectToPage(), cancellationToken);
    }

    public async Task<IActionResult> OnPostEndOthersAsync(CancellationToken cancellationToken)
    {
        var (_, problem) = await client.EndOthersAsync(Key!, cancellationToken);
        return await FinishAsync(problem, "All your other sessions were signed out.", () => RedirectToPage(), cancellationToken);
    }

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        var (sessions, problem) = await client.ListAsync(cancellationToken);
        Sessions = sessions?.Items ?? [];
        return problem is null ? null : ToErrorResult(problem);
    }
}
