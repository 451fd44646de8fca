using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Aspire.Hosting.ApplicationModel;

public enum WaitBehavior { WaitOnResourceUnavailable, StopOnResourceUnavailable }
public record ResourceEvent(IResource Resource, string ResourceId, CustomResourceSnapshot Snapshot);

public sealed class ResourceNotificationServiceOptions
{
    public WaitBehavior DefaultWaitBehavior { get; set; }
}

/// <summary>Keeps the last snapshot of every resource and tells the watchers of each change.</summary>
public partial class ResourceNotificationService : IDisposable
{
    private readonly ConcurrentDictionary<string, ResourceEvent> _states = new(StringComparer.OrdinalIgnoreCase);
    private readonly Broadcast<ResourceEvent> _broadcast = new();
    private readonly CancellationTokenSource _disposing = new();
    private readonly ILogger<ResourceNotificationService> _logger;
    private readonly ResourceLoggerService _loggers;
    private readonly IServiceProvider _services;
    private readonly WaitBehavior _defaultWaitBehavior;

    internal ResourceNotificationService(ILogger<ResourceNotificationService> logger, IServiceProvider services, ResourceLoggerService loggers,
        IOptions<ResourceNotificationServiceOptions> options)
        => (_logger, _services, _loggers, _defaultWaitBehavior) = (logger, services, loggers, options.Value.DefaultWaitBehavior);

    /// <param name="resourceId">The instance, or the resource's name.</param>
    /// <param name="resourceEvent">What is known of it.</param>
    public bool TryGetCurrentState(string resourceId, [NotNullWhen(true)] out ResourceEvent? resourceEvent)
        => _states.TryGetValue(resourceId, out resourceEvent)
            || (resourceEvent = _states.Values.FirstOrDefault(s => s.Resource.HasName(resourceId))) is not null;

    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
        => PublishUpdateAsync(resource, resource.InstanceId(), stateFactory);

    public Task PublishUpdateAsync(IResource resource, string resourceId, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        lock (_broadcast.Gate)
        {
            var previous = _states.TryGetValue(resourceId, out var state) ? state.Snapshot
                : resource.TryGetLastAnnotation<ResourceSnapshotAnnotation>(out var initial) ? initial.InitialSnapshot
                : new() { ResourceType = ResourceTypeOf(resource), Properties = [] };
            var next = stateFactory(previous);
            resource.TryGetLastAnnotation<ResourceIconAnnotation>(out var icon);
            next = next with
            {
                IconName = next.IconName ?? icon?.IconName,
                IconVariant = next.IconVariant ?? icon?.IconVariant,
                Commands = [.. resource.Annotations.OfType<ResourceCommandAnnotation>().Select(c => new ResourceCommandSnapshot(
                    c.Name, c.UpdateState(new() { ResourceSnapshot = next, Services = _services }), c.DisplayName, c.DisplayDescription, c.Parameter,
                    c.ConfirmationMessage, c.IconName, c.IconVariant, c.IsHighlighted))],
            };
            if (previous.State?.Text != next.State?.Text)
            {
                _logger.LogDebug("Resource {ResourceId} changed state: {Old} -> {New}", resourceId, previous.State?.Text, next.State?.Text);
            }

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

    public Task WaitForResourceAsync(string resourceName, string? targetState = null, CancellationToken cancellationToken = default)
        => WaitForResourceAsync(resourceName, [targetState ?? KnownResourceStates.Running], cancellationToken);

    public async Task<string> WaitForResourceAsync(string resourceName, IEnumerable<string> targetStates, CancellationToken cancellationToken = default)
        => (await WaitAsync(resourceName, e => targetStates.Contains(e.Snapshot.State?.Text, StringComparer.OrdinalIgnoreCase),
            $"reach one of the target states: [{string.Join(", ", targetStates)}]", cancellationToken).ConfigureAwait(false)).Snapshot.State!.Text;

    public Task<ResourceEvent> WaitForResourceAsync(string resourceName, Func<ResourceEvent, bool> predicate, CancellationToken cancellationToken = default)
        => WaitAsync(resourceName, predicate, "meet the predicate condition", cancellationToken);

    public Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, CancellationToken cancellationToken = default)
        => WaitForResourceHealthyAsync(resourceName, _defaultWaitBehavior, cancellationToken);

    public async Task<ResourceEvent> WaitForResourceHealthyAsync(string resourceName, WaitBehavior waitBehavior, CancellationToken cancellationToken = default)
    {
        var found = await WaitAsync(resourceName, e => IsReady(e) || (waitBehavior == WaitBehavior.StopOnResourceUnavailable && IsUnavailable(e)),
            "become healthy", cancellationToken).ConfigureAwait(false);
        await (IsReady(found) ? found.Snapshot.ResourceReady! : throw new DistributedApplicationException(
            $"Stopped waiting for resource '{resourceName}' to become healthy because it failed to start.")).WaitAsync(cancellationToken).ConfigureAwait(false);
        return found;
    }

    public void Dispose() => _disposing.Cancel();

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
        ExecutableResource => KnownResourceTypes.Executable,
        _ => resource.GetType().Name,
    };
}
