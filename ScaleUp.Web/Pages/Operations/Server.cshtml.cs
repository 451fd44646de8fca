using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Forms;
using ScaleUp.Web.Operations;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Pages.Operations;

/// <summary>Lets an administrator confirm to drain a server or to return it to service.</summary>
[RequireSignIn]
public sealed partial class ServerModel(Visitor visitor, ILogger<ServerModel> logger) : FormPage
{
    /// <summary>The server's name.</summary>
    [FromRoute(Name = "server")]
    public string Name { get; set; } = "";

    /// <summary>The current state of the server.</summary>
    public ServerView Server { get; private set; } = new("", ServerState.Unknown);

    /// <summary>The other servers of its tier that are in service.</summary>
    public IReadOnlyList<string> Others { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => await LoadAsync(cancellationToken) ?? Page();

    public Task<IActionResult> OnPostDrainAsync(CancellationToken cancellationToken) => ExecuteAsync("drain", cancellationToken);

    public Task<IActionResult> OnPostReturnAsync(CancellationToken cancellationToken) => ExecuteAsync("return", cancellationToken);

    protected override bool CanShowInputAlone => false;

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (Reject() is { } rejection)
        {
            return rejection;
        }

        var view = await HttpContext.RequestServices.GetRequiredService<OperationsMonitor>().GetCurrentAsync(cancellationToken);
        if (view.Tiers.FirstOrDefault(tier => tier.Name is TopologyMerge.Web or TopologyMerge.Api
            && tier.Servers.Any(server => server.Name == Name)) is not { } tier)
        {
            return NotFound();
        }

        Server = tier.Servers.First(server => server.Name == Name);
        Others = [.. tier.Servers.Where(server => server.Name != Name && server.State == ServerState.Up).Select(server => server.Name)];
        return null;
    }

    private async Task<IActionResult> ExecuteAsync(string command, CancellationToken cancellationToken)
    {
        if (await LoadAsync(cancellationToken) is { } refusal)
        {
            return refusal;
        }

        var (isDone, message) = await HttpContext.RequestServices.GetRequiredService<ServerActions>().ExecuteAsync(Name, command,
            visitor.Account!.UserName);
        LogAction(visitor.Account.UserName, command, Name, message);
        return await FinishAsync(isDone ? null : ApiProblem.Invalid(message), message, () => RedirectToPage("/Operations/Index"),
            cancellationToken);
    }

    // Without an application server that can authenticate the administrator, actions are unavailable.
    private IActionResult? Reject() =>
        visitor.IsUnknown ? StatusCode(StatusCodes.Status503ServiceUnavailable)
        : visitor.Account is not { IsAdministrator: true } ? StatusCode(StatusCodes.Status403Forbidden)
        : HttpContext.RequestServices.GetRequiredService<ServerActions>().ArePossible ? null : NotFound();

    [LoggerMessage(LogLevel.Information, "Administrator {Administrator}: {Command} {Server}. {Outcome}")]
    private partial void LogAction(string administrator, string command, string server, string outcome);
}
