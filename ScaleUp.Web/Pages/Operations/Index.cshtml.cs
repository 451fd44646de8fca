using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Forms;
using ScaleUp.Web.Operations;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Pages.Operations;

/// <summary>The tiers as they are now, for operators.</summary>
public sealed class IndexModel : FormPage
{
    public OperationsView View { get; private set; } = new(DateTimeOffset.UtcNow, "", [], []);

    public IReadOnlyList<TimelineEvent> Events { get; private set; } = [];

    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken) => await LoadAsync(cancellationToken) ?? Page();

    /// <summary>A number as in the table: at most three digits, or a dash for what is not known.</summary>
    public static string Number(double? number, string unit = "") => number switch
    {
        null => "–",
        < 10 when number.Value % 1 != 0 => number.Value.ToString("0.0", CultureInfo.InvariantCulture) + unit,
        _ => number.Value.ToString("#,0", CultureInfo.InvariantCulture) + unit,
    };

    /// <summary>Whether the visitor may drain servers, and there is a way to.</summary>
    public bool CanAct { get; private set; }

    /// <summary>Why there are no buttons; empty if there are.</summary>
    public string NoActions { get; private set; } = "";

    /// <summary>What an administrator can do with the server now; empty for nothing.</summary>
    public static string ActionOf(ServerView server) => server?.State switch
    {
        ServerState.Up => "Drain…",
        ServerState.Draining => "Return…",
        _ => "",
    };

    /// <summary>The state in a word: a load balancer that does not answer is gone.</summary>
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
        NoActions = !arePossible ? "Servers cannot be drained from here: where ScaleUp is deployed, only its platform can do that."
            : isAdministrator ? "" : "Administrators can drain servers here.";
        View = await monitor.GetCurrentAsync(cancellationToken);
        Events = [.. monitor.History.Events.Reverse()];
        return null;
    }
}
