using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.PostgresCluster;

/// <summary>Reads the state of a cluster every second, and shows role and lag of each member in the dashboard.</summary>
internal sealed partial class PostgresClusterMonitor(
    PostgresClusterControl control, ResourceNotificationService notifications, ILogger<PostgresClusterMonitor> logger)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, string> _shown = [];

    /// <summary>Starts a monitor that runs until the application stops.</summary>
    /// <remarks>Not a hosted service: Aspire would start it only after the resources that wait for the cluster.</remarks>
    public static Task StartAsync(PostgresClusterResource cluster, InitializeResourceEvent started, CancellationToken cancellationToken)
    {
        var monitor = ActivatorUtilities.CreateInstance<PostgresClusterMonitor>(started.Services, cluster.Control);
        var stopping = started.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        _ = monitor.RunAsync(stopping);
        return Task.CompletedTask;
    }

    private async Task RunAsync(CancellationToken stopping)
    {
        using var timer = new PeriodicTimer(s_interval);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false);
                await control.RefreshAsync(stopping).ConfigureAwait(false);
                foreach (var member in control.Cluster.Members)
                {
                    await ShowAsync(member).ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                // The application stops.
            }
            catch (Exception ex) when (ex is not OperationCanceledException)
            {
                LogFailure(logger, ex, control.Cluster.Name);
            }
        }
    }

    private async Task ShowAsync(PostgresMemberResource member)
    {
        var status = control.StatusOf(member.Name);
        ResourceStateSnapshot state = status is null ? new(KnownResourceStates.Running, null)
            : new(status.Description, status.IsHealthy ? KnownResourceStateStyles.Success : KnownResourceStateStyles.Warn);
        var previous = _shown.GetValueOrDefault(member.Name);

        // Replace only the running state and states of this class; Aspire publishes all others.
        bool MustUpdate(CustomResourceSnapshot snapshot) =>
            snapshot.State is { } current
            && current.Text != state.Text
            && (current.Text == KnownResourceStates.Running || current.Text == previous);

        if (notifications.TryGetCurrentState(member.Name, out var current) && MustUpdate(current.Snapshot))
        {
            await notifications.PublishUpdateAsync(member, snapshot => MustUpdate(snapshot) ? snapshot with { State = state } : snapshot)
                .ConfigureAwait(false);
        }

        _shown[member.Name] = state.Text;
    }

    [LoggerMessage(LogLevel.Error, "The members of {Cluster} could not be read; trying again.")]
    private static partial void LogFailure(ILogger logger, Exception exception, string cluster);
}
