namespace Aspire.Hosting;

internal static class OtlpConfigurationExtensions
{
    /// <summary>Points the OpenTelemetry exporter of the resource at the dashboard.</summary>
    public static IResourceBuilder<ProjectResource> WithOtlpExporter(this IResourceBuilder<ProjectResource> builder) => builder.WithEnvironment(context =>
    {
        var application = builder.ApplicationBuilder;
        var variables = context.EnvironmentVariables;
        variables["OTEL_DOTNET_EXPERIMENTAL_OTLP_RETRY"] = "in_memory";
        if (application.ExecutionContext.IsPublishMode)
        {
            return;
        }

        // Without a dashboard (in tests) the exporter still needs an address; nobody listens there.
        variables["OTEL_EXPORTER_OTLP_ENDPOINT"] = application.Resources.OfType<DashboardResource>().SingleOrDefault()?.GetEndpoint(DashboardResource.OtlpEndpointName)
            ?? (object)(application.Configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] ?? "http://localhost:18889");
        variables["OTEL_EXPORTER_OTLP_PROTOCOL"] = "grpc";
        variables["OTEL_RESOURCE_ATTRIBUTES"] = $"service.instance.id={builder.Resource.Instance().Suffix}";
        variables["OTEL_SERVICE_NAME"] = builder.Resource.Name;
        if (application.Configuration["AppHost:OtlpApiKey"] is { } key)
        {
            variables["OTEL_EXPORTER_OTLP_HEADERS"] = $"x-otlp-api-key={key}";
        }

        if (application.Environment.IsDevelopment())
        {
            // A person at the dashboard should not wait for a batch to fill, nor miss a detail.
            variables["OTEL_BLRP_SCHEDULE_DELAY"] = variables["OTEL_BSP_SCHEDULE_DELAY"] = variables["OTEL_METRIC_EXPORT_INTERVAL"] = "1000";
            variables["OTEL_TRACES_SAMPLER"] = "always_on";
            variables["OTEL_METRICS_EXEMPLAR_FILTER"] = "trace_based";
            variables["OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT"] = "true";
            variables["OTEL_DOTNET_EXPERIMENTAL_ASPNETCORE_DISABLE_URL_QUERY_REDACTION"] = "true";
            variables["OTEL_DOTNET_EXPERIMENTAL_HTTPCLIENT_DISABLE_URL_QUERY_REDACTION"] = "true";
        }
    });
}
