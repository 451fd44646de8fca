using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ScaleUp.ServiceDefaults.Failover;

namespace ScaleUp.ServiceDefaults;

/// <summary>What all servers of all tiers share: telemetry, health checks, service discovery, resilience and graceful shutdown.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>
    /// Adds the services. Call it first in <c>Program.cs</c>, and <see cref="UseServiceDefaults"/> and <see cref="MapDefaultEndpoints"/>
    /// after building.
    /// </summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        ArgumentNullException.ThrowIfNull(builder);

        HealthProbe.RunIfRequested(builder.Configuration);
        builder.AddTelemetry();
        builder.AddForwardedHeaders();
        builder.AddHealth();
        builder.AddGracefulDrain();
        builder.Services.AddSingleton<WarmUp>();

        builder.Services.AddFailover();
        return builder;
    }

    /// <summary>
    /// Adds the middleware: it names the server in each response, reads forwarded headers of trusted proxies, and hides the health
    /// endpoints from visitors.
    /// </summary>
    public static WebApplication UseServiceDefaults(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);

        app.UseServerName();
        app.UseForwardedHeaders();
        app.UseHealthProtection();
        return app;
    }

    /// <summary>Maps the health endpoints: <c>/health</c> (readiness) and <c>/alive</c> (liveness).</summary>
    public static WebApplication MapDefaultEndpoints(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);

        app.MapHealth();
        return app;
    }
}
