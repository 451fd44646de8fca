using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ScaleUp.ServiceDefaults.Failover;

/// <summary>
/// Asks each address of a service that has several whether it answers at all. Whoever is dead says so by refusing connections; whoever
/// hangs takes them, and would keep every second request waiting until its time is over.
/// </summary>
internal sealed partial class ActiveHealthCheckMonitor(UpstreamEndpoints addresses, TimeProvider clock, ILogger<ActiveHealthCheckMonitor> logger) : BackgroundService
{
    /// <summary>
    /// What is asked for. HAProxy's internal frontends answer it themselves (monitor-uri), whatever the servers behind do; from anybody else, any answer is as good.
    /// </summary>
    public const string Path = "/load-balancer-health";

    // At most 0.95 s until a hang is known: the visitors whom it has caught are answered by another address within 1.5 s.
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_timeout = TimeSpan.FromMilliseconds(700);

    private readonly Lock _verdict = new();

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // No traces of these requests: several a second, which tell nobody anything.
        using var connections = new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(2), ActivityHeadersPropagator = null };
        using var http = new HttpClient(connections) { Timeout = Timeout.InfiniteTimeSpan };
        using var timer = new PeriodicTimer(s_interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            foreach (var service in addresses.Services.Where(service => service.Count > 1))
            {
                foreach (var address in service.Where(address => address.TryBeginCheck()))
                {
                    // Not waited for: the others are checked meanwhile. It cannot fail.
                    _ = CheckAsync(http, service, address, stoppingToken);
                }
            }
        }
    }

    private async Task CheckAsync(HttpClient http, IReadOnlyList<UpstreamEndpoint> service, UpstreamEndpoint address, CancellationToken cancellationToken)
    {
        var reason = "";
        // HttpClient.Timeout always uses the system's clock.
        using var limit = new CancellationTokenSource(s_timeout, clock);
        using var check = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var answer = await http.GetAsync(new Uri(address.Uri, Path), HttpCompletionOption.ResponseHeadersRead, check.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            reason = limit.IsCancellationRequested ? $"no answer within {s_timeout.TotalMilliseconds:0} ms" : exception.Message;
        }

        bool hasChanged;
        lock (_verdict)
        {
            // One at a time: two addresses that hang at once would each count on the other, and none be left.
            hasChanged = address.EndCheck(reason.Length == 0, service.Any(other => other != address && other.Answers));
        }

        if (hasChanged && !cancellationToken.IsCancellationRequested)
        {
            Log(address.Uri, reason);
        }
    }

    private void Log(Uri address, string reason)
    {
        if (reason.Length == 0)
        {
            LogBack(address);
        }
        else
        {
            LogLost(address, reason);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Address} does not answer ({Reason}): requests go to other addresses.")]
    private partial void LogLost(Uri address, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Address} answers again.")]
    private partial void LogBack(Uri address);
}
