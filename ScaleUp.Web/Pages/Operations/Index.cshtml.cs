using System.Globalization;
using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Forms;
using ScaleUp.Web.Operations;

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

    /// <summary>The state in a word: a load balancer that does not answer is gone.</summary>
    public static string Word(TierView tier, ServerView server) =>
        tier?.Name == TopologyMerge.LoadBalancers && server?.State == ServerState.Down ? "gone" : server?.State.ToString().ToLowerInvariant() ?? "";

    protected override async Task<IActionResult?> LoadAsync(CancellationToken cancellationToken)
    {
        if (HttpContext.RequestServices.GetRequiredService<OperationsAccess>().Refuse(Request.Path) is { } refusal)
        {
            return refusal;
        }

        var monitor = HttpContext.RequestServices.GetRequiredService<OperationsMonitor>();
        View = await monitor.GetCurrentAsync(cancellationToken);
        Events = [.. monitor.History.Events.Reverse()];
        return null;
    }
}
