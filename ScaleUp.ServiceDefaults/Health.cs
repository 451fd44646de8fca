using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ScaleUp.ServiceDefaults;

/// <summary>
/// The two questions that a load balancer and an orchestrator ask. A check with the tag <see cref="ReadyTag"/> counts
/// for <c>/health</c>; it should tell of this server alone. A database that is down is no reason to leave: it would
/// take all servers out at once, and nobody would be left to say so to the visitor.
/// </summary>
public static class Health
{
    /// <summary>The tag of the checks that decide whether this server takes requests.</summary>
    public const string ReadyTag = "ready";

    private const string ReadyPath = "/health";
    private const string LivePath = "/alive";

    /// <summary>Whether a path is that of one of the two questions.</summary>
    public static bool IsHealthPath(PathString path) =>
        path.StartsWithSegments(ReadyPath) || path.StartsWithSegments(LivePath);

    internal static void AddHealth(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHealthChecks().AddCheck<DrainHealthCheck>("drain", tags: [ReadyTag]);
        // Whoever asks gets the answer; an error in the log for every "not yet", several times a second, hides real ones.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
    }

    internal static void MapHealth(this WebApplication app)
    {
        // Whoever asks directly is a load balancer, an orchestrator or an operator. What a load balancer passes on is
        // somebody else's request, however its path was spelled to get past the rules there.
        app.Use((context, next) =>
        {
            if (IsHealthPath(context.Request.Path) && context.Request.Headers.ContainsKey("X-Forwarded-Server"))
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                return Task.CompletedTask;
            }

            return next(context);
        });

        app.MapHealthChecks(ReadyPath, new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains(ReadyTag),
            ResponseWriter = WriteReadinessAsync,
        });

        // No check at all: the process answers, so it lives.
        app.MapHealthChecks(LivePath, new HealthCheckOptions { Predicate = _ => false });
    }

    private static Task WriteReadinessAsync(HttpContext context, HealthReport report)
    {
        if (!context.RequestServices.GetRequiredService<DrainState>().IsDraining)
        {
            return context.Response.WriteAsync(report.Status.ToString());
        }

        // HAProxy's word for "I finish what I have, send no more" (http-check disable-on-404); 503 would mean "down".
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("Draining");
    }
}
