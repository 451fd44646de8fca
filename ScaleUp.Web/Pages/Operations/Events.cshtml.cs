using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using ScaleUp.Web.Operations;

namespace ScaleUp.Web.Pages.Operations;

/// <summary>The data of the operations page as server-sent events. It is a page to use the same session lookup as other pages.</summary>
public sealed class EventsModel : PageModel
{
    public async Task<IActionResult> OnGetAsync(CancellationToken cancellationToken)
    {
        if (HttpContext.RequestServices.GetRequiredService<OperationsAccess>().Refuse(Request.Path) is { } refusal)
        {
            // An event stream can't redirect to the sign-in page.
            return refusal is RedirectToPageResult ? Unauthorized() : refusal;
        }

        if (HttpMethods.IsHead(Request.Method))
        {
            return new EmptyResult();
        }

        // Streams last a minute, so exclude them from response time metrics and traces, where they would distort those of pages.
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
            // The client disconnected.
        }

        return new EmptyResult();
    }
}
