using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dashboard;

/// <summary>Brings the dashboard's warnings and errors into the AppHost's log: the dashboard cannot show why it does not come up.</summary>
internal sealed class DashboardLog(
    ResourceNotificationService notifications, ResourceLoggerService loggers, ILoggerFactory factory, IHostApplicationLifetime lifetime)
{
    /// <summary>What makes the dashboard write one line per message, `&lt;4&gt;category[0] text`, and only those that matter here.</summary>
    public static readonly IReadOnlyDictionary<string, object> Environment = new Dictionary<string, object>
    {
        ["LOGGING__CONSOLE__FORMATTERNAME"] = "systemd",
        ["LOGGING__LOGLEVEL__DEFAULT"] = "Error",
        ["LOGGING__LOGLEVEL__ASPIRE"] = "Warning",
    };

    public void Follow(IResource dashboard) => _ = FollowAsync(dashboard.Name, lifetime.ApplicationStopping);

    private async Task FollowAsync(string name, CancellationToken cancellationToken)
    {
        var logger = factory.CreateLogger("Aspire.Hosting.Dashboard");
        try
        {
            var started = await notifications.WaitForResourceAsync(name, _ => true, cancellationToken).ConfigureAwait(false);
            await foreach (var lines in loggers.WatchAsync(started.ResourceId).WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                // Lines of the orchestrator itself come in between.
                foreach (var line in lines.Where(line => !line.Content.Contains(" [sys] ", StringComparison.Ordinal)))
                {
                    logger.Log(line.Content.Contains("<4>", StringComparison.Ordinal) ? LogLevel.Warning : LogLevel.Error, "{Line}", line.Content);
                }
            }
        }
        catch (OperationCanceledException)
        {
        }
    }
}
