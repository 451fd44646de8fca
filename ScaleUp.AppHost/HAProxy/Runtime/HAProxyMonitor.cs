using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.HAProxy;

/// <summary>Reads the statistics of a cluster's load balancers several times a second, and shows the state in the dashboard.</summary>
internal sealed partial class HAProxyMonitor(
    HAProxyManager manager,
    ResourceNotificationService notifications,
    IConfiguration configuration,
    ILogger<HAProxyMonitor> logger) : BackgroundService
{
    private const string Drained = "Drained";
    private const string Draining = "Draining";
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<HAProxyResource, HAProxyMetrics> _metrics = [];
    private bool _wasHealthy;

    /// <summary>Whether a resource's state is one of this class, draining or drained.</summary>
    public static bool IsDrainState(string? state) =>
        state is not null && (state == Drained || state.StartsWith(Draining, StringComparison.Ordinal));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            try
            {
                UpdateStandbyServers();
                await manager.RefreshAsync(stoppingToken).ConfigureAwait(false);
                await ShowServersAsync().ConfigureAwait(false);
                await ShowClusterAsync().ConfigureAwait(false);
                StartMetrics();
            }
            catch (Exception ex) when (ex is not OperationCanceledException)
            {
                LogFailure(logger, ex, manager.Cluster.Name);
            }
        }
    }

    public override void Dispose()
    {
        foreach (var metrics in _metrics.Values)
        {
            metrics.Dispose();
        }

        base.Dispose();
    }

    private void UpdateStandbyServers()
    {
        foreach (var server in manager.Cluster.Servers)
        {
            manager.SetStarted(server.Name, notifications.TryGetCurrentState(server.Name, out var current)
                && current.Snapshot.State?.Text is { } state
                && state != KnownResourceStates.NotStarted
                && !KnownResourceStates.TerminalStates.Contains(state));
        }
    }

    private async Task ShowServersAsync()
    {
        foreach (var server in manager.Cluster.Servers)
        {
            ResourceStateSnapshot shown = !manager.IsDrained(server.Name) ? new(KnownResourceStates.Running, null)
                : new(
                    manager.InFlight(server.Name) is > 0 and var inFlight ? $"{Draining} ({inFlight} in flight)" : Drained,
                    KnownResourceStateStyles.Info);

            // Replace only the running and drain states; Aspire publishes all others.
            bool MustUpdate(CustomResourceSnapshot snapshot) =>
                snapshot.State is { } state
                && state.Text != shown.Text
                && (IsDrainState(state.Text) || (state.Text == KnownResourceStates.Running && IsDrainState(shown.Text)));

            if (notifications.TryGetCurrentState(server.Name, out var current) && MustUpdate(current.Snapshot))
            {
                await notifications.PublishUpdateAsync(server, s => MustUpdate(s) ? s with { State = shown } : s).ConfigureAwait(false);
            }
        }
    }

    private async Task ShowClusterAsync()
    {
        var cluster = manager.Cluster;
        var silent = cluster.Instances.Where(i => manager.StatisticsOf(i) is null).Select(i => $"{i.Name} does not answer");
        var reasons = cluster.Instances
            .Select(i => (i.Name, Statistics: manager.StatisticsOf(i)))
            .Where(i => i.Statistics is not null)
            .Select(i => (i.Name, Result: HAProxyHealthCheck.Evaluate(cluster.Frontends, i.Statistics!)))
            .Where(i => i.Result.Status != HealthStatus.Healthy)
            .GroupBy(i => i.Result.Description, i => i.Name)
            .Select(group => $"{string.Join(", ", group)}: {group.Key}");

        var problems = silent.Concat(reasons).ToArray();
        _wasHealthy |= problems.Length == 0;
        ResourceStateSnapshot state = problems.Length == 0 ? new(KnownResourceStates.Running, null)
            : !_wasHealthy ? new(KnownResourceStates.Starting, null)
            : new($"Degraded. {string.Join("; ", problems)}", KnownResourceStateStyles.Warn);
        if (notifications.TryGetCurrentState(cluster.Name, out var current) && current.Snapshot.State?.Text != state.Text)
        {
            await notifications.PublishUpdateAsync(cluster, s => s with { State = state }).ConfigureAwait(false);
        }
    }

    private void StartMetrics()
    {
        foreach (var instance in manager.Cluster.Instances.Where(i => !_metrics.ContainsKey(i) && manager.StatisticsOf(i) is not null))
        {
            if (notifications.TryGetCurrentState(instance.Name, out var current))
            {
                _metrics.Add(instance, new HAProxyMetrics(manager, instance, current.ResourceId, configuration));
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "Monitoring of cluster {Cluster} failed; retrying.")]
    private static partial void LogFailure(ILogger logger, Exception exception, string cluster);
}
