using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ScaleUp.ServiceDefaults;

internal static class Telemetry
{
    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        builder.Logging.AddOpenTelemetry(logging =>
        {
            logging.IncludeFormattedMessage = true;
            logging.IncludeScopes = true;
        });

        var openTelemetry = builder.Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource
                // Identifies the replica by the name in its responses and in the load balancers' logs. OTEL_RESOURCE_ATTRIBUTES overrides
                // it: when the AppHost runs, the dashboard assigns an ID to each server.
                .AddAttributes([new("service.instance.id", ServerName.Read(builder.Configuration, builder.Environment))])
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter("Npgsql"))
            .WithTracing(tracing => tracing
                .SetSampler(new ParentBasedSampler(new ServerSpanSampler()))
                .AddSource(builder.Environment.ApplicationName)
                // The load balancers' health checks, several a second, would hide all other requests.
                .AddAspNetCoreInstrumentation(options => options.Filter = request => !Health.IsHealthPath(request.Request.Path))
                .AddHttpClientInstrumentation()
                .AddSource("Npgsql"));

        // Aspire sets the address of its dashboard; a deployment sets that of its collector.
        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            // Milliseconds for one export including retries. On shutdown, a server exports its last traces, metrics and logs one after
            // the other; with the default of 10 s each, an unreachable collector would keep it from stopping in time.
            builder.Configuration["OTEL_EXPORTER_OTLP_TIMEOUT"] ??= "1000";
            openTelemetry.UseOtlpExporter();
        }
    }
}
