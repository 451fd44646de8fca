namespace Aspire.Hosting.HealthChecks;

/// <summary>Runs the health checks of every resource that runs, and says once after each start that it is ready.</summary>
internal sealed class ResourceHealthCheckService(ResourceNotificationService notifications, HealthCheckService checks, DistributedApplicationModel model,
    IOptions<HealthCheckServiceOptions> options, IDistributedApplicationEventing eventing, IServiceProvider services) : BackgroundService
{
    // The intervals of genuine Aspire: the longer something is unhealthy the less often it is asked, up to 5 s.
    private static readonly TimeSpan _healthyInterval = TimeSpan.FromSeconds(30), _unhealthyStep = TimeSpan.FromSeconds(1);

    public override Task StartAsync(CancellationToken cancellationToken)
        => model.Resources.SelectMany(r => r.HealthCheckKeys()).Except(options.Value.Registrations.Select(r => r.Name)).ToArray() is { Length: > 0 } missing
            ? throw new DistributedApplicationException($"These health checks are required for resources and not registered: {string.Join(", ", missing)}. "
                + "Add them with builder.Services.AddHealthChecks().") : base.StartAsync(cancellationToken);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var monitors = new Dictionary<string, CancellationTokenSource>();
        await foreach (var change in notifications.WatchAsync(stoppingToken).ConfigureAwait(false))
        {
            var monitored = monitors.TryGetValue(change.ResourceId, out var stop);
            if (change.Snapshot.State?.Text == KnownResourceStates.Running && !monitored)
            {
                stop = monitors[change.ResourceId] = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
                _ = Task.Run(() => MonitorAsync(change.Resource, stop.Token), stop.Token);
            }
            else if ((change.Snapshot.State?.Text == KnownResourceStates.Starting || KnownResourceStates.TerminalStates.Contains(change.Snapshot.State?.Text))
                && monitors.Remove(change.ResourceId))
            {
                await stop!.CancelAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task MonitorAsync(IResource resource, CancellationToken stop)
    {
        var keys = resource.HealthCheckKeys();
        var ready = false;
        for (var unhealthy = 0; ;)
        {
            var report = await checks.CheckHealthAsync(r => keys.Contains(r.Name), stop).ConfigureAwait(false);
            await notifications.PublishUpdateAsync(resource, s => s with
            {
                HealthReports = [.. keys.Select(key => (Key: key, Entry: report.Entries[key])).Select(r =>
                    new HealthReportSnapshot(r.Key, r.Entry.Status, r.Entry.Description, r.Entry.Exception?.ToString()) { LastRunAt = DateTime.UtcNow })],
            }).ConfigureAwait(false);
            unhealthy = report.Status == HealthStatus.Healthy ? 0 : unhealthy + 1;
            if (unhealthy == 0 && !ready)
            {
                ready = true;
                _ = Task.Run(() => AnnounceReadyAsync(resource, stop), stop);
            }

            if (keys.Length == 0)
            {
                return;
            }

            await Task.Delay(unhealthy == 0 ? _healthyInterval : _unhealthyStep * Math.Min(5, unhealthy), stop).ConfigureAwait(false);
        }
    }

    private async Task AnnounceReadyAsync(IResource resource, CancellationToken cancellationToken)
    {
        var handled = eventing.PublishAsync(new ResourceReadyEvent(resource, services), cancellationToken);
        await handled.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await notifications.PublishUpdateAsync(resource, s => s with { ResourceReady = handled }).ConfigureAwait(false);
    }
}
