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

/// <summary>What the dashboard shows of a server is what the server was told to listen to.</summary>
public sealed class TelemetryTests : IAsyncLifetime
{
    private WebApplication? _server;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["urls"] = "http://127.0.0.1:0",
            // Nobody listens there: a collector that is away must not keep a server from stopping either.
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
    public void Traces_are_taken_of_requests_calls_and_queries(string source) =>
        Assert.True(new ActivitySource(source).HasListeners());

    [Theory]
    [InlineData("Microsoft.AspNetCore.Hosting")]
    [InlineData("System.Net.Http")]
    [InlineData("System.Runtime")]
    [InlineData("Npgsql")]
    public void Metrics_are_taken_of_requests_calls_the_runtime_and_queries(string meterName)
    {
        using var meter = new Meter(meterName);

        Assert.True(meter.CreateCounter<int>("a.counter.of.a.test").Enabled);
    }

    [Fact]
    public async Task Telemetry_has_the_name_of_the_server_that_its_answers_have()
    {
        using var http = new HttpClient { BaseAddress = new Uri(_server!.Urls.Single()) };
        using var response = await http.GetAsync("/alive", TestContext.Current.CancellationToken);

        Assert.Equal("web--1-abc", Assert.Single(response.Headers.GetValues("X-Served-By")));
        Assert.Equal(["web--1-abc", "web--1-abc"], new BaseProvider[] { Service<TracerProvider>(), Service<MeterProvider>() }.Select(provider => InstanceId(provider.GetResource())));
    }

    [Fact]
    public async Task Whoever_runs_the_server_may_have_another_name_for_it_in_telemetry()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ServerName"] = "web-2",
            // From Aspire, whose dashboard finds a server's telemetry by it.
            ["OTEL_RESOURCE_ATTRIBUTES"] = "a=b,service.instance.id=abcdefgh",
        });
        builder.AddServiceDefaults();
        await using var server = builder.Build();

        Assert.Equal("abcdefgh", InstanceId(server.Services.GetRequiredService<TracerProvider>().GetResource()));
    }

    [Fact]
    public async Task A_server_stops_without_its_collector_and_has_no_time_to_wait_for_it()
    {
        // Orchestrators kill what takes longer: Aspire after 6 s. Traces, metrics and logs are exported one after the other.
        var export = TimeSpan.FromMilliseconds(int.Parse(_server!.Configuration["OTEL_EXPORTER_OTLP_TIMEOUT"]!, CultureInfo.InvariantCulture));
        Assert.True(new DrainOptions().Delay + (3 * export) < TimeSpan.FromSeconds(6), $"{export}");
        using var http = new HttpClient { BaseAddress = new Uri(_server.Urls.Single()) };
        await http.GetAsync("/", TestContext.Current.CancellationToken);

        await _server.StopAsync(TestContext.Current.CancellationToken).WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
        await _server.DisposeAsync().AsTask().WaitAsync(Eventually.Limit, TestContext.Current.CancellationToken);
    }

    private T Service<T>() where T : notnull => _server!.Services.GetRequiredService<T>();

    private static object InstanceId(Resource resource) => resource.Attributes.Single(attribute => attribute.Key == "service.instance.id").Value;
}
