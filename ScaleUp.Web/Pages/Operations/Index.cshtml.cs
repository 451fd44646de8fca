using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Forms;
using ScaleUp.Web.Operations;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Pages.Operations;

/// <summary>The current state of all tiers, for operators.</summary>
public sealed class IndexModel : FormPage
{
    public OperationsView View { get; private set; } = new(DateTimeOffset.UtcNow, "", [], []);

    public IReadOnlyList<TimelineEvent> Events { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => await LoadAsync(cancellationToken) ?? Page();

    /// <summary>Formats a number for the table: one decimal below 10, otherwise none; a dash if unknown.</summary>
    public static string Number(double? number, string unit = "") => number switch
    {
        null => "–",
        < 10 when number.Value % 1 != 0 => number.Value.ToString("0.0", CultureInfo.InvariantCulture) + unit,
        _ => number.Value.ToString("#,0", CultureInfo.InvariantCulture) + unit,
    };

    /// <summary>Whether the visitor can drain servers.</summary>
    public bool CanAct { get; private set; }

    /// <summary>The reason why the visitor can't drain servers; empty if they can.</summary>
    public string NoActions { get; private set; } = "";

    /// <summary>The action that is available for the server; empty for none.</summary>
    public static string ActionOf(ServerView server) => server?.State switch
    {
        ServerState.Up => "Drain…",
        ServerState.Draining => "Return…",
        _ => "",
    };

    /// <summary>The state as shown in the table; a load balancer that does not respond is <c>gone</c>.</summary>
    public static string Word(TierView tier, ServerView server) =>
        tier?.Name == TopologyMerge.LoadBalancers && server?.State == ServerState.Down ? "gone" : server?.State.ToString()
            .ToLowerInvariant() ?? "";

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (HttpContext.RequestServices.GetRequiredService<OperationsAccess>().Refuse(Request.Path) is { } refusal)
        {
            return refusal;
        }

        var monitor = HttpContext.RequestServices.GetRequiredService<OperationsMonitor>();
        var arePossible = HttpContext.RequestServices.GetRequiredService<ServerActions>().ArePossible;
        var isAdministrator = HttpContext.RequestServices.GetRequiredService<Visitor>().Account is { IsAdministrator: true };
        CanAct = arePossible && isAdministrator;
        NoActions = !arePossible ? "Servers can't be drained here. Use the platform on which ScaleUp is deployed."
            : isAdministrator ? "" : "Sign in as an administrator to drain servers.";
        View = await monitor.GetCurrentAsync(cancellationToken);
        Events = [.. monitor.History.Events.Reverse()];
        return null;
    }
}
