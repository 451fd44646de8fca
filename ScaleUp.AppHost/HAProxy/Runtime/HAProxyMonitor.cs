using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.HAProxy;

/// <summary>Asks the load balancers of a cluster several times a second how they are, and shows what it learns in the dashboard.</summary>
internal sealed partial class HAProxyMonitor(
    HAProxyManager control, ResourceNotificationService notifications, IConfiguration configuration, ILogger<HAProxyMonitor> logger) : BackgroundService
{
    private const string Drained = "Drained";
    private const string Draining = "Draining";
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(250);

    private readonly Dictionary<HAProxyResource, HAProxyMetrics> _metrics = [];
    private bool _wasComplete;

    /// <summary>Whether a server's state is one that this class gave it.</summary>
    public static bool IsDrainState(string? state) => state is not null && (state == Drained || state.StartsWith(Draining, StringComparison.Ordinal));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval);
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
        {
            try
            {
                NoteStarted();
                await control.RefreshAsync(stoppingToken).ConfigureAwait(false);
                await ShowServersAsync().ConfigureAwait(false);
                await ShowClusterAsync().ConfigureAwait(false);
                StartMetrics();
            }
            catch (Exception ex) when (ex is not OperationCanceledException)
            {
                LogFailure(logger, ex, control.Cluster.Name);
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

    private void NoteStarted()
    {
        foreach (var server in control.Cluster.Servers)
        {
            control.SetStarted(server.Name, notifications.TryGetCurrentState(server.Name, out var current)
                && current.Snapshot.State?.Text is { } state && state != KnownResourceStates.NotStarted && !KnownResourceStates.TerminalStates.Contains(state));
        }
    }

    private async Task ShowServersAsync()
    {
        foreach (var server in control.Cluster.Servers)
        {
            ResourceStateSnapshot shown = !control.IsDrained(server.Name) ? new(KnownResourceStates.Running, null)
                : new(control.InFlight(server.Name) is > 0 and var inFlight ? $"{Draining} ({inFlight} in flight)" : Drained, KnownResourceStateStyles.Info);

            // Only what runs can be drained; that it starts, stops or failed is for others to say.
            bool IsOurs(CustomResourceSnapshot snapshot) =>
                snapshot.State is { } state && state.Text != shown.Text && (IsDrainState(state.Text) || (state.Text == KnownResourceStates.Running && IsDrainState(shown.Text)));

            if (notifications.TryGetCurrentState(server.Name, out var current) && IsOurs(current.Snapshot))
            {
                await notifications.PublishUpdateAsync(server, s => IsOurs(s) ? s with { State = shown } : s).ConfigureAwait(false);
            }
        }
    }

    private async Task ShowClusterAsync()
    {
        var cluster = control.Cluster;
        var silent = cluster.Instances.Where(i => control.StatisticsOf(i) is null).Select(i => $"{i.Name} does not answer");
        var reasons = cluster.Instances
            .Select(i => (i.Name, Statistics: control.StatisticsOf(i)))
            .Where(i => i.Statistics is not null)
            .Select(i => (i.Name, Result: HAProxyHealthCheck.Evaluate(cluster.Frontends, i.Statistics!)))
            .Where(i => i.Result.Status != HealthStatus.Healthy)
            .GroupBy(i => i.Result.Description, i => i.Name)
            .Select(group => $"{string.Join(", ", group)}: {group.Key}");

        var all = silent.Concat(reasons).ToArray();
        _wasComplete |= all.Length == 0;
        ResourceStateSnapshot state = all.Length == 0 ? new(KnownResourceStates.Running, null)
            : !_wasComplete ? new(KnownResourceStates.Starting, null)
            : new($"Degraded. {string.Join("; ", all)}", KnownResourceStateStyles.Warn);
        if (notifications.TryGetCurrentState(cluster.Name, out var current) && current.Snapshot.State?.Text != state.Text)
        {
            await notifications.PublishUpdateAsync(cluster, s => s with { State = state }).ConfigureAwait(false);
        }
    }

    private void StartMetrics()
    {
        foreach (var instance in control.Cluster.Instances.Where(i => !_metrics.ContainsKey(i) && control.StatisticsOf(i) is not null))
        {
            if (notifications.TryGetCurrentState(instance.Name, out var current))
            {
                _metrics.Add(instance, new HAProxyMetrics(control, instance, current.ResourceId, configuration));
            }
        }
    }

    [LoggerMessage(LogLevel.Error, "The load balancers of {Cluster} could not be watched; trying again.")]
    private static partial void LogFailure(ILogger logger, Exception exception, string cluster);
}
