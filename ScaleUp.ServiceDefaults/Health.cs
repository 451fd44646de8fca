using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ScaleUp.ServiceDefaults;

/// <summary>
/// The readiness and liveness endpoints. Checks with the tag <see cref="ReadyTag"/> decide <c>/health</c> and should cover this server
/// alone: if readiness depended on the database, an outage of it would take all servers out of rotation, and none could report the
/// outage to visitors.
/// </summary>
public static class Health
{
    /// <summary>The tag of the checks that decide whether this server is ready.</summary>
    public const string ReadyTag = "ready";

    private const string ReadyPath = "/health";
    private const string LivePath = "/alive";

    /// <summary>Whether a path belongs to one of the health endpoints.</summary>
    public static bool IsHealthPath(PathString path) =>
        path.StartsWithSegments(ReadyPath) || path.StartsWithSegments(LivePath);

    internal static void AddHealth(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHealthChecks().AddCheck<DrainHealthCheck>("drain", tags: [ReadyTag]);
        // The response reports the result; ASP.NET Core would log an error for every failed check, several times a second.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);
    }

    /// <summary>
    /// Responds with 404 to health requests that a load balancer forwards. Load balancers, orchestrators and operators connect directly, so
    /// a forwarded one is from a visitor who has circumvented the load balancer's own rule by an unusual spelling of the path.
    /// </summary>
    internal static void UseHealthProtection(this WebApplication app) => app.Use((context, next) =>
    {
        if (IsHealthPath(context.Request.Path) && context.Request.Headers.ContainsKey("X-Forwarded-Server"))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        return next(context);
    });

    internal static void MapHealth(this WebApplication app)
    {
        app.MapHealthChecks(ReadyPath, new HealthCheckOptions
        {
            Predicate = check => check.Tags.Contains(ReadyTag),
            ResponseWriter = WriteReadinessAsync,
        });

        // Liveness runs no checks: a process that responds is alive.
        app.MapHealthChecks(LivePath, new HealthCheckOptions { Predicate = _ => false });
    }

    private static Task WriteReadinessAsync(HttpContext context, HealthReport report)
    {
        if (!context.RequestServices.GetRequiredService<DrainState>().IsDraining)
        {
            return context.Response.WriteAsync(report.Status.ToString());
        }

        // 404 puts the server into HAProxy's drain mode (http-check disable-on-404); 503 would mark it as down.
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return context.Response.WriteAsync("Draining");
    }
}
