using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ScaleUp.ServiceDefaults.Failover;

/// <summary>
/// Sends health checks to each endpoint of a service that has several. An endpoint that is down refuses connections; one that hangs
/// accepts them, and without health checks every second request would wait for its timeout.
/// </summary>
internal sealed partial class ActiveHealthCheckMonitor(
    UpstreamEndpoints endpoints, TimeProvider clock, ILogger<ActiveHealthCheckMonitor> logger) : BackgroundService
{
    /// <summary>
    /// The path of the health check. HAProxy's internal frontends respond to it themselves (monitor-uri), whatever the state of their
    /// servers; from any other upstream every response counts as healthy, whatever its status.
    /// </summary>
    public const string Path = "/load-balancer-health";

    // A hang is detected within 0.95 s, so that requests caught in it get a response from another endpoint within 1.5 s.
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(700);

    private readonly Lock _resultLock = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Health checks run several times a second and are not traced.
        using var connections = new SocketsHttpHandler
        {
            PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            ActivityHeadersPropagator = null,
        };
        using var http = new HttpClient(connections) { Timeout = Timeout.InfiniteTimeSpan };
        using var timer = new PeriodicTimer(s_interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            foreach (var service in endpoints.Services.Where(service => service.Count > 1))
            {
                foreach (var endpoint in service.Where(endpoint => endpoint.TryBeginCheck()))
                {
                    // Not awaited, so that a hanging endpoint doesn't delay the checks of the others; CheckAsync handles its errors.
                    _ = CheckAsync(http, service, endpoint, stoppingToken);
                }
            }
        }
    }

    private async Task CheckAsync(
        HttpClient http, IReadOnlyList<UpstreamEndpoint> service, UpstreamEndpoint endpoint, CancellationToken cancellationToken)
    {
        var failure = "";
        // HttpClient.Timeout always uses the system's clock.
        using var timeout = new CancellationTokenSource(s_timeout, clock);
        using var check = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            using var response = await http
                .GetAsync(new Uri(endpoint.Uri, Path), HttpCompletionOption.ResponseHeadersRead, check.Token)
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            failure = timeout.IsCancellationRequested ? $"no response within {s_timeout.TotalMilliseconds:0} ms" : exception.Message;
        }

        bool hasChanged;
        lock (_resultLock)
        {
            // Serialized: two endpoints that fail simultaneously would each see the other as healthy, and none would remain.
            hasChanged = endpoint.EndCheck(failure.Length == 0, service.Any(other => other != endpoint && other.IsHealthy));
        }

        if (hasChanged && !cancellationToken.IsCancellationRequested)
        {
            LogChange(endpoint.Uri, failure);
        }
    }

    private void LogChange(Uri endpoint, string failure)
    {
        if (failure.Length == 0)
        {
            LogHealthy(endpoint);
        }
        else
        {
            LogUnhealthy(endpoint, failure);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Endpoint} is unhealthy ({Failure}); requests go to the other endpoints.")]
    private partial void LogUnhealthy(Uri endpoint, string failure);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Endpoint} is healthy again.")]
    private partial void LogHealthy(Uri endpoint);
}
