using System.Diagnostics;
using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using ScaleUp.ServiceDefaults;

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
            ["Drain:Delay"] = "00:00:00",
        });
        builder.Logging.ClearProviders();
        builder.AddServiceDefaults();
        _server = builder.Build();
        _server.MapServiceDefaults();
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
    public async Task A_server_stops_in_time_without_its_collector()
    {
        using var http = new HttpClient { BaseAddress = new Uri(_server!.Urls.Single()) };
        await http.GetAsync("/", TestContext.Current.CancellationToken);
        var started = Stopwatch.GetTimestamp();

        await _server!.StopAsync(TestContext.Current.CancellationToken);
        await _server.DisposeAsync();

        // Orchestrators kill what takes longer: Aspire after 6 s, of which the drain has 2.
        Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(4));
    }
}
