namespace Aspire.Hosting.ApplicationModel;

public enum WaitBehavior { WaitOnResourceUnavailable, StopOnResourceUnavailable }
public sealed record ResourceEvent(IResource Resource, string ResourceId, CustomResourceSnapshot Snapshot);

/// <summary>Keeps the last snapshot of every resource and tells the watchers of each change.</summary>
public sealed class ResourceNotificationService : IDisposable
{
    private readonly ConcurrentDictionary<string, ResourceEvent> _states = new(StringComparer.OrdinalIgnoreCase);
    private readonly Broadcast<ResourceEvent> _broadcast = new();
    private readonly CancellationTokenSource _disposing = new();
    private readonly ResourceLoggerService _loggers;
    private readonly IServiceProvider _services;
    private readonly WaitBehavior _dependencyBehavior;

    internal ResourceNotificationService(IServiceProvider services, ResourceLoggerService loggers, WaitBehavior dependencyBehavior)
        => (_services, _loggers, _dependencyBehavior) = (services, loggers, dependencyBehavior);

    /// <summary>What is known of a resource, by its name or that of its instance.</summary>
    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
        => _states.TryGetValue(resourceId, out resourceEvent)
            || (resourceEvent = _states.Values.FirstOrDefault(s => s.Resource.HasName(resourceId))) is not null;

    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        var resourceId = resource.InstanceId();
        lock (_broadcast.Gate)
        {
            var previous = _states.TryGetValue(resourceId, out var state) ? state.Snapshot
                : resource.Last<ResourceSnapshotAnnotation>()?.InitialSnapshot ?? new() { ResourceType = ResourceTypeOf(resource), Properties = [] };
            var next = stateFactory(previous) with { IconName = resource.Last<ResourceIconAnnotation>()?.IconName };
            next = next with
            {
                Commands = [.. resource.Annotations.OfType<ResourceCommandAnnotation>().Select(c => new ResourceCommandSnapshot(
                    c.Name, c.UpdateState(new() { ResourceSnapshot = next, Services = _services }), c.DisplayName, c.DisplayDescription, c.Parameter,
                    c.ConfirmationMessage, c.IconName, c.IconVariant, c.IsHighlighted))],
            };
            _broadcast.Send(_states[resourceId] = new(resource, resourceId, next));
        }

        return Task.CompletedTask;
    }

    /// <summary>First the current state of every resource, then every change.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposing.Token);
        await foreach (var batch in _broadcast.WatchAsync(() => _states.Values, either.Token).ConfigureAwait(false))
        {
            foreach (var change in batch)
            {
                yield return change;
            }
        }
    }

    public Task<ResourceEvent> WaitForResourceAsync(string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
        => WaitAsync(resourceName, predicate, "meet the predicate condition", cancellationToken);

    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default)
    {
        var target = string.IsNullOrEmpty(targetState) ? KnownResourceStates.Running : targetState;
        return WaitAsync(resourceName, e => target.Equals(e.Snapshot.State?.Text, StringComparison.OrdinalIgnoreCase),
            $"reach the state '{target}'", cancellationToken);
    }

    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default)
        => WaitForResourceHealthyAsync(resourceName, _dependencyBehavior, cancellationToken);

    public async Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        var found = await WaitAsync(resourceName, e => IsReady(e) || (waitBehavior == WaitBehavior.StopOnResourceUnavailable && IsUnavailable(e)),
            "become healthy", cancellationToken).ConfigureAwait(false);
        await (IsReady(found) ? found.Snapshot.ResourceReady! : throw new DistributedApplicationException(
            $"Stopped waiting for resource '{resourceName}' to become healthy because it entered the '{found.Snapshot.State?.Text}' state"
                + $"{(found.Snapshot.ExitCode is { } code ? $" with exit code '{code}'" : "")}.")).WaitAsync(cancellationToken).ConfigureAwait(false);
        return found;
    }

    public void Dispose() => _disposing.Cancel();

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

    private static bool IsReady(ResourceEvent e) => e.Snapshot is { HealthStatus: HealthStatus.Healthy, ResourceReady: not null };

    private static bool IsUnavailable(ResourceEvent e)
        => KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text) || e.Snapshot.State?.Text == KnownResourceStates.RuntimeUnhealthy;

    private async Task<ResourceEvent> WaitAsync(string resourceName, Func<ResourceEvent, bool> predicate, string goal, CancellationToken cancellationToken)
    {
        try
        {
            return await WatchAsync(cancellationToken).FirstAsync(e => e.Resource.HasName(resourceName) && predicate(e), cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException ex)
        {
            var state = TryGetCurrentState(resourceName, out var last)
                ? $"Its state is '{last.Snapshot.State?.Text}', its health '{last.Snapshot.HealthStatus}'." : "The resource is not known.";
            throw new OperationCanceledException($"Resource '{resourceName}' failed to {goal} before the operation was cancelled. {state}", ex, cancellationToken);
        }
    }

    private static string ResourceTypeOf(IResource resource) => resource switch
    {
        ProjectResource => KnownResourceTypes.Project,
        ContainerResource => KnownResourceTypes.Container,
        DashboardResource => KnownResourceTypes.Executable,
        _ => resource.GetType().Name,
    };
}
