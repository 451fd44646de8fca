using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.ApplicationModel;

public partial class ResourceNotificationService
{
    /// <summary>Returns when everything that the resource waits for is there; shows it as Waiting until then.</summary>
    public async Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        // Parameters have no life to wait for.
        WaitAnnotation[] waits = [.. resource.Annotations.OfType<WaitAnnotation>().Where(w => w.Resource is not ParameterResource)];
        if (waits.Length == 0)
        {
            return;
        }

        await PublishUpdateAsync(resource, s => s.With((KnownProperties.WaitingFor, waits.Select(w => w.Resource.InstanceId()).Distinct().ToArray()))
            with { State = KnownResourceStates.Waiting }).ConfigureAwait(false);
        try
        {
            await Task.WhenAll(waits.Select(w => WaitForAsync(resource, w, cancellationToken))).ConfigureAwait(false);
        }
        finally
        {
            await PublishUpdateAsync(resource, s => s.With((KnownProperties.WaitingFor, null))).ConfigureAwait(false);
        }
    }

    private async Task WaitForAsync(IResource resource, WaitAnnotation wait, CancellationToken cancellationToken)
    {
        var logger = _loggers.GetLogger(resource);
        var dependency = wait.Resource.Name;
        var isCompletion = wait.WaitType == WaitType.WaitForCompletion;
        var stopEarly = isCompletion || (wait.WaitBehavior ?? _defaultWaitBehavior) == WaitBehavior.StopOnResourceUnavailable;
        logger.LogInformation("Waiting for resource '{ResourceName}' to {Goal}.", dependency,
            isCompletion ? "complete" : wait.WaitType == WaitType.WaitUntilStarted ? "start" : "become healthy");
        var found = await WaitAsync(dependency, e => (stopEarly && IsUnavailable(e)) || wait.WaitType switch
        {
            WaitType.WaitUntilStarted => e.Snapshot.State?.Text == KnownResourceStates.Running,
            WaitType.WaitUntilHealthy => IsReady(e),
            _ => e.Snapshot.ExitCode is not null,
        }, "become what others wait for", cancellationToken).ConfigureAwait(false);

        var (state, code) = (found.Snapshot.State?.Text, found.Snapshot.ExitCode);
        if (isCompletion ? state == KnownResourceStates.FailedToStart || (code is not null && code != wait.ExitCode) : IsUnavailable(found))
        {
            throw new DistributedApplicationException($"Resource '{resource.Name}' stopped waiting for dependency resource '{dependency}' because it "
                + $"entered the '{state}' state{(code is null ? "" : $" with exit code '{code}'")}.");
        }

        if (wait.WaitType == WaitType.WaitUntilHealthy)
        {
            await found.Snapshot.ResourceReady!.WaitAsync(cancellationToken).ConfigureAwait(false);
        }

        logger.LogInformation("Finished waiting for resource '{ResourceName}'.", dependency);
    }
}
