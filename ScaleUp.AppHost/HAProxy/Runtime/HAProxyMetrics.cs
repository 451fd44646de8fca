using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// Exports a load balancer's metrics to the dashboard under its name, because HAProxy does not support OTLP. The values come from
/// <c>show stat</c>, as do those of the statistics page and of <c>/metrics</c>.
/// </summary>
internal sealed class HAProxyMetrics : IDisposable
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    private readonly HAProxyManager _manager;
    private readonly HAProxyResource _instance;
    private readonly Meter _meter;
    private readonly MeterProvider? _provider;

    /// <param name="manager">Provides the statistics.</param>
    /// <param name="instance">The load balancer.</param>
    /// <param name="resourceId">The resource ID of this run, such as <c>lb-1-abcdefgh</c>, by which the dashboard identifies it.</param>
    /// <param name="configuration">Contains the dashboard's OTLP endpoint; without one, nothing is exported.</param>
    public HAProxyMetrics(HAProxyManager manager, HAProxyResource instance, string resourceId, IConfiguration configuration)
    {
        (_manager, _instance) = (manager, instance);
        // Each load balancer has its own meter name, because a provider collects all meters with the same name.
        _meter = new Meter($"HAProxy {instance.Name}");
        AddFrontends();
        AddServers();

        var grpc = configuration["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"];
        var http = configuration["ASPIRE_DASHBOARD_OTLP_HTTP_ENDPOINT_URL"];
        if (Uri.TryCreate(grpc ?? http, UriKind.Absolute, out var endpoint))
        {
            var instanceId = resourceId.StartsWith(instance.Name + "-", StringComparison.Ordinal)
                ? resourceId[(instance.Name.Length + 1)..]
                : resourceId;
            _provider = Sdk.CreateMeterProviderBuilder()
                .ConfigureResource(resource => resource.Clear().AddService(instance.Name, serviceInstanceId: instanceId))
                .AddMeter(_meter.Name)
                .AddOtlpExporter((exporter, reader) =>
                {
                    exporter.Protocol = grpc is null ? OtlpExportProtocol.HttpProtobuf : OtlpExportProtocol.Grpc;
                    exporter.Endpoint = grpc is null ? new Uri(endpoint, "/v1/metrics") : endpoint;
                    exporter.TimeoutMilliseconds = 1000;
                    if (configuration["AppHost:OtlpApiKey"] is { } key)
                    {
                        exporter.Headers = $"x-otlp-api-key={key}";
                    }

                    reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = (int)s_interval.TotalMilliseconds;
                })
                .Build();
        }
    }

    public void Dispose()
    {
        _provider?.Dispose();
        _meter.Dispose();
    }

    private void AddFrontends()
    {
        _meter.CreateObservableCounter("haproxy.frontend.requests", () => Frontends("req_tot"), "{request}", "Received requests");
        _meter.CreateObservableCounter("haproxy.frontend.denied", () => Frontends("dreq"), "{request}", "Requests denied by a rule");
        _meter.CreateObservableUpDownCounter(
            "haproxy.frontend.connections", () => Frontends("scur"), "{connection}", "Current client connections");
        string[] classes = ["1xx", "2xx", "3xx", "4xx", "5xx"];
        _meter.CreateObservableCounter(
            "haproxy.frontend.responses",
            () => classes.SelectMany(c => Frontends($"hrsp_{c}", ("class", c))),
            "{response}",
            "Responses by status class");
    }

    private void AddServers()
    {
        _meter.CreateObservableUpDownCounter("haproxy.backend.queue", () => Backends("qcur"), "{request}", "Requests queued for a server");
        _meter.CreateObservableCounter(
            "haproxy.backend.redispatches", () => Backends("wredis"), "{request}", "Requests retried on another server");
        _meter.CreateObservableCounter(
            "haproxy.server.requests", () => Servers(line => line.Number("stot")), "{request}", "Requests sent to the server");
        _meter.CreateObservableUpDownCounter(
            "haproxy.server.requests.active", () => Servers(line => line.InFlight), "{request}", "Requests in flight at the server");
        _meter.CreateObservableCounter(
            "haproxy.server.errors",
            () => Servers(line => line.Number("econ") + line.Number("eresp")),
            "{error}",
            "Failed connections and responses");
        _meter.CreateObservableCounter(
            "haproxy.server.failed_checks",
            () => Servers(line => line.Number("chkfail")),
            "{check}",
            "Health checks that failed while the server was up");
        _meter.CreateObservableUpDownCounter(
            "haproxy.server.up", () => Servers(line => line.IsUp ? 1 : 0), "{server}", "1 if the server is up, 0 otherwise");
    }

    private IEnumerable<HAProxyStatistics.Line> Lines => _manager.StatisticsOf(_instance)?.Lines ?? [];

    private IEnumerable<Measurement<long>> Frontends(string column, params (string Name, string Value)[] tags) => Lines
        .Where(line => line.Name == "FRONTEND" && _instance.Cluster.Frontends.Any(f => f.ConfigurationName == line.Proxy))
        .Select(line => new Measurement<long>(
            line.Number(column), [new("frontend", line.Proxy), .. tags.Select(t => new KeyValuePair<string, object?>(t.Name, t.Value))]));

    private IEnumerable<Measurement<long>> Backends(string column) => Lines
        .Where(line => line.Name == "BACKEND" && IsTier(line))
        .Select(line => new Measurement<long>(line.Number(column), new KeyValuePair<string, object?>("backend", line.Proxy)));

    private IEnumerable<Measurement<long>> Servers(Func<HAProxyStatistics.Line, long> value) => Lines
        .Where(line => line.Name is not ("FRONTEND" or "BACKEND") && IsTier(line))
        .Select(line => new Measurement<long>(
            value(line), new("backend", line.Proxy), new KeyValuePair<string, object?>("server", line.Name)));

    private bool IsTier(HAProxyStatistics.Line line) => _instance.Cluster.Frontends.Any(f => f.Backend.Name == line.Proxy);
}
