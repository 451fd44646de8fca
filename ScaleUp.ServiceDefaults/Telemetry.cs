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
                // Which of several replicas it is, by the name that its answers and the load balancers' logs have. What the environment
                // says counts more (OTEL_RESOURCE_ATTRIBUTES): while the AppHost runs, the dashboard knows each server by an id of its own.
                .AddAttributes([new("service.instance.id", ServerName.Read(builder.Configuration, builder.Environment))])
                .AddEnvironmentVariableDetector())
            .WithMetrics(metrics => metrics
                .AddAspNetCoreInstrumentation()
                .AddHttpClientInstrumentation()
                .AddRuntimeInstrumentation()
                .AddMeter("Npgsql"))
            .WithTracing(tracing => tracing
                .SetSampler(new ParentBasedSampler(new RequestSampler()))
                .AddSource(builder.Environment.ApplicationName)
                // The load balancers' health checks, several a second, would bury the other requests.
                .AddAspNetCoreInstrumentation(options => options.Filter = request => !Health.IsHealthPath(request.Request.Path))
                .AddHttpClientInstrumentation()
                .AddSource("Npgsql"));

        // Aspire sets the address of its dashboard; in the cloud it is that of the collector.
        if (!string.IsNullOrWhiteSpace(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            // Milliseconds for one export, with its retries. A server that stops sends its last traces, metrics and logs, one
            // after the other; with the usual 10 s each, a collector that is away would keep it from stopping in time.
            builder.Configuration["OTEL_EXPORTER_OTLP_TIMEOUT"] ??= "1000";
            openTelemetry.UseOtlpExporter();
        }
    }
}
