using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

public static class OtlpConfigurationExtensions
{
    /// <summary>Points the OpenTelemetry exporter of the resource at the dashboard.</summary>
    public static IResourceBuilder<T> WithOtlpExporter<T>(this IResourceBuilder<T> builder) where T : IResourceWithEnvironment
    {
        var application = builder.ApplicationBuilder;
        return builder.WithAnnotation(new OtlpExporterAnnotation()).WithEnvironment(context =>
        {
            var variables = context.EnvironmentVariables;
            (variables["OTEL_EXPORTER_OTLP_ENDPOINT"], variables["OTEL_EXPORTER_OTLP_PROTOCOL"]) = Resolve(application);
            variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={builder.Resource.Instance().Suffix}";
            variables["OTEL_SERVICE_NAME"] = builder.Resource.Name;
            if (application.Configuration["AppHost:OtlpApiKey"] is { } key)
            {
                variables["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={key}";
            }

            if (application.Environment.IsDevelopment())
            {
                // A person at the dashboard should not wait for a batch to fill.
                variables["OTEL_BLRP_SCHEDULE_DELAY"] = variables["OTEL_BSP_SCHEDULE_DELAY"] = variables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
                variables["OTEL_TRACES_SAMPLER"] = "always_on";
                variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
                variables["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true";
            }
        });
    }

    private static (object Endpoint, string Protocol) Resolve(IDistributedApplicationBuilder builder)
        => builder.Resources.TryGetByName("aspire-dashboard", out var found) && found is IResourceWithEndpoints dashboard
            ? dashboard.GetEndpoint("otlp-grpc") is { Exists: true } grpc ? (grpc, "grpc") : (dashboard.GetEndpoint("otlp-http"), "http/protobuf")
            // Without a dashboard (in tests) the exporter still needs an address; nobody listens there.
            : (builder.Configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] ?? "http://localhost:18889", "grpc");
}
