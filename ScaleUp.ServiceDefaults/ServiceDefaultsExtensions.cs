using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ScaleUp.ServiceDefaults.Failover;

namespace ScaleUp.ServiceDefaults;

/// <summary>What every server of every tier has: telemetry, health, service discovery, resilience and a graceful drain.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>Adds the defaults. Call it first in <c>Program.cs</c>, and <see cref="MapServiceDefaults"/> after building.</summary>
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

    /// <summary>Says with each answer who gave it, takes the load balancers' word for who the visitor is, and maps the health endpoints: <c>/health</c> (ready for requests) and <c>/alive</c> (the process works).</summary>
    public static WebApplication MapServiceDefaults(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);

        app.UseServerName();
        app.UseForwardedHeaders();
        app.MapHealth();
        return app;
    }
}
