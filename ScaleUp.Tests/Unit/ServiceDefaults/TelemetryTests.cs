using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using ScaleUp.ServiceDefaults;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.ServiceDefaults;

/// <summary>Servers collect the traces and metrics that the dashboard shows.</summary>
public sealed class TelemetryTests : IAsyncLifetime
{
    private WebApplication? _server;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            // No collector listens on this port; shutdown must not wait for it.
            ["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://127.0.0.1:9",
            ["CONTAINER_APP_REPLICA_NAME"] = "web--1-abc",
            ["Drain:Delay"] = "00:00:00",
        });
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        _server = builder.Build();
        _server.UseServiceDefaults();
        _server.MapDefaultEndpoints();
        await _server.StartAsync(TestContext.Current.CancellationToken);
    }

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Theory]
    [InlineData("Microsoft.AspNetCore")]
    [InlineData("System.Net.Http")]
    [InlineData("Npgsql")]
    public void Requests_outgoing_calls_and_queries_are_traced(string source) =>
        Assert.True(new ActivitySource(source).HasListeners());

    [Theory]
    [InlineData("Microsoft.AspNetCore.Hosting")]
    [InlineData("System.Net.Http")]
    [InlineData("System.Runtime")]
    [InlineData("Npgsql")]
    public void Requests_outgoing_calls_the_runtime_and_queries_have_metrics(string meterName)
    {
        using var meter = new Meter(meterName);

        Assert.True(meter.CreateCounter<int>("a.counter.of.a.test").Enabled);
    }

    [Fact]
    public async Task Telemetry_and_responses_carry_the_same_server_name()
    {
        using var http = new HttpClient { BaseAddress = new Uri(_server!.Urls.Single()) };
        using var response = await http.GetAsync("/alive", TestContext.Current.CancellationToken);

        Assert.Equal("web--1-abc", Assert.Single(response.Headers.GetValues("X-Served-By")));
        BaseProvider[] providers = [Service<TracerProvider>(), Service<MeterProvider>()];
        Assert.Equal(["web--1-abc", "web--1-abc"], providers.Select(provider => InstanceId(provider.GetResource())));
    }

    [Fact]
    public async Task OTEL_RESOURCE_ATTRIBUTES_overrides_the_server_name_in_telemetry()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ServerName"] = "web-2",
            // Aspire sets this, and its dashboard finds a server's telemetry by it.
            ["OTEL_RESOURCE_ATTRIBUTES"] = "a=b,service.instance.id=abcdefgh",
        });
        builder.AddServiceDefaults();
        await using var server = builder.Build();

        Assert.Equal("abcdefgh", InstanceId(server.Services.GetRequiredService<TracerProvider>().GetResource()));
    }

    [Fact]
    public async Task A_server_shuts_down_in_time_without_a_collector()
    {
        // Aspire kills a process after 6 s; traces, metrics and logs are exported one after the other.
        var timeout = _server!.Configuration["OTEL_EXPORTER_OTLP_TIMEOUT"]!;
        var export = TimeSpan.FromMilliseconds(int.Parse(timeout, CultureInfo.InvariantCulture));
        var shutdown = new DrainOptions().Delay + (3 * export);
        Assert.True(shutdown < TimeSpan.FromSeconds(6), $"Draining and three exports of {export} may take {shutdown}; the limit is 6 s.");
        using var http = new HttpClient { BaseAddress = new Uri(_server.Urls.Single()) };
        await http.GetAsync("/", TestContext.Current.CancellationToken);

        await _server.StopAsync(TestContext.Current.CancellationToken).WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
        await _server.DisposeAsync().AsTask().WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
    }

    private T Service<T>() where T : notnull => _server!.Services.GetRequiredService<T>();

    private static object InstanceId(Resource resource) =>
        resource.Attributes.Single(attribute => attribute.Key == "service.instance.id").Value;
}
