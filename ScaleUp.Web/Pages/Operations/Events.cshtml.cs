using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using ScaleUp.Web.Operations;

namespace ScaleUp.Web.Pages.Operations;

/// <summary>What the operations page shows, as server-sent events. A page, so that the session is looked up as for pages.</summary>
public sealed class EventsModel : PageModel
{
    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (HttpContext.RequestServices.GetRequiredService<OperationsAccess>().Refuse(Request.Path) is { } refusal)
        {
            // An event stream leads to no other page.
            return refusal is RedirectToPageResult ? Unauthorized() : refusal;
        }

        if (HttpMethods.IsHead(Request.Method))
        {
            return new EmptyResult();
        }

        // It lasts a minute, and would spoil the response times of the pages and hide their traces.
        HttpContext.Features.Get<IHttpMetricsTagsFeature>()?.MetricsDisabled = true;
        if (Activity.Current is { } activity)
        {
            activity.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }

        var monitor = HttpContext.RequestServices.GetRequiredService<OperationsMonitor>();
        try
        {
            await TypedResults.ServerSentEvents(monitor.WatchAsync(cancellationToken)).ExecuteAsync(HttpContext);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The viewer has left.
        }

        return new EmptyResult();
    }
}
