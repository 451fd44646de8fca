namespace Aspire.Hosting.ApplicationModel;

public partial class ResourceNotificationService
{
    /// <summary>Returns when everything that the resource waits for is healthy; shows it as Waiting until then.</summary>
    internal async Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        IResource[] dependencies = [.. resource.Annotations.OfType<WaitAnnotation>().Select(w => w.Resource).Distinct()];
        if (dependencies.Length == 0)
        {
            return;
        }

        await PublishUpdateAsync(resource, s => s.With((KnownProperties.WaitingFor, dependencies.Select(d => d.InstanceId()).ToArray()))
            with { State = KnownResourceStates.Waiting }).ConfigureAwait(false);
        try
        {
            await Task.WhenAll(dependencies.Select(d => WaitForDependencyAsync(resource, d.Name, cancellationToken))).ConfigureAwait(false);
        }
        finally
        {
            await PublishUpdateAsync(resource, s => s.With((KnownProperties.WaitingFor, null))).ConfigureAwait(false);
        }
    }

    private async Task WaitForDependencyAsync(IResource resource, string dependency, CancellationToken cancellationToken)
    {
        var logger = _loggers.GetLogger(resource);
        logger.LogInformation("Waiting for resource '{ResourceName}' to become healthy.", dependency);
        await WaitForResourceHealthyAsync(dependency, _dependencyBehavior, cancellationToken).ConfigureAwait(false);
        logger.LogInformation("Finished waiting for resource '{ResourceName}'.", dependency);
    }
}
