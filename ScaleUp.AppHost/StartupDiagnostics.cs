using Aspire.Hosting.HAProxy;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ScaleUp.AppHost;

/// <summary>
/// Logs the cause when a resource fails to start, as one line in the console and in the resource's log. Otherwise the console would show
/// nothing while the website returns 503.
/// </summary>
internal sealed partial class StartupDiagnostics(
    string? dataVolume,
    ResourceNotificationService notifications,
    ResourceLoggerService logs,
    ILogger<StartupDiagnostics> logger) : BackgroundService
{
    // invalid_password, https://www.postgresql.org/docs/17/errcodes-appendix.html
    private const string InvalidPassword = "28P01";

    private readonly HashSet<IResource> _started = [];
    private readonly HashSet<IResource> _failed = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var change in notifications.WatchAsync(stoppingToken).ConfigureAwait(false))
        {
            if (_started.Contains(change.Resource) || _failed.Contains(change.Resource))
            {
                continue;
            }

            if (change.Snapshot.HealthStatus is HealthStatus.Healthy && change.Snapshot.State?.Text == KnownResourceStates.Running)
            {
                _started.Add(change.Resource);
            }
            else if (await DescribeFailureAsync(change).ConfigureAwait(false) is { } failure)
            {
                _failed.Add(change.Resource);
                LogFailure(logger, change.Resource.Name, failure);
                LogFailure(logs.GetLogger(change.Resource), change.Resource.Name, failure);
            }
        }
    }

    private async Task<string?> DescribeFailureAsync(ResourceEvent change)
    {
        var snapshot = change.Snapshot;
        if (change.Resource is PostgresServerResource or PostgresClusterResource
            && snapshot.HealthReports.Any(report =>
                $"{report.Description} {report.ExceptionText}".Contains(InvalidPassword, StringComparison.Ordinal)))
        {
            return $"PostgreSQL rejects the password, because volume '{dataVolume}' was created with another one. "
                + "Set the user secret Parameters:postgres-password to the former password, or Postgres:Volume to another name.";
        }

        var hasFailed = snapshot.State?.Text == KnownResourceStates.FailedToStart || (snapshot.State?.Text == KnownResourceStates.Exited && snapshot.ExitCode is not (null or 0));
        // Only the resource that others wait for is the cause.
        var isConsequence = change.Resource.Annotations.OfType<WaitAnnotation>().Any(wait => _failed.Contains(wait.Resource is IResourceWithParent child ? child.Parent : wait.Resource));
        return hasFailed && !isConsequence ? $"{await ReadLastLineAsync(change.ResourceId).ConfigureAwait(false)} ({Describe(snapshot)})" : null;
    }

    // What never ran has no exit code.
    internal static string Describe(CustomResourceSnapshot snapshot) => snapshot.ExitCode is { } code ? $"{snapshot.State?.Text}, exit code {code}" : $"{snapshot.State?.Text}";

    private async Task<string> ReadLastLineAsync(string resourceId)
    {
        var last = "The log is empty.";
        await foreach (var batch in logs.GetAllAsync(resourceId).ConfigureAwait(false))
        {
            last = batch.LastOrDefault(line => !string.IsNullOrWhiteSpace(line.Content)).Content ?? last;
        }

        return last;
    }

    [LoggerMessage(LogLevel.Error, "{Resource} did not start: {Failure}")]
    private static partial void LogFailure(ILogger logger, string resource, string failure);
}

internal static class StartupDiagnosticsExtensions
{
    // https://aspire.dev/app-host/configuration/
    private static readonly string[] s_addresses = ["ASPNETCORE_URLS", "ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"];

    /// <summary>Logs each startup failure as one line, including unavailable dashboard ports.</summary>
    public static void AddStartupDiagnostics(this IDistributedApplicationBuilder builder, string? dataVolume)
    {
        if (!builder.ExecutionContext.IsRunMode)
        {
            return;
        }

        builder.Services.AddHostedService(services => ActivatorUtilities.CreateInstance<StartupDiagnostics>(services, dataVolume ?? ""));
        builder.Eventing.Subscribe<BeforeStartEvent>((_, _) =>
        {
            foreach (var variable in s_addresses)
            {
                if (Uri.TryCreate(builder.Configuration[variable]?.Split(';')[0], UriKind.Absolute, out var address)
                    && address is { IsLoopback: true, Port: > 0 })
                {
                    LoopbackPort.EnsureFree(["127.0.0.1"], address.Port, $"the dashboard ({variable})");
                }
            }

            return Task.CompletedTask;
        });
    }
}
