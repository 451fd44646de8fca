using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Eventing;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dcp;

/// <summary>How one resource starts and stops.</summary>
internal sealed partial class DcpOrchestrator
{
    private Task FirstStartAsync(IResource resource, CancellationToken cancellationToken) => !resource.HasAnnotationOfType<ExplicitStartupAnnotation>()
        ? CreateAsync(resource, cancellationToken) : notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.NotStarted });

    private async Task StartResourceAsync(IResource resource, SemaphoreSlim one, CancellationToken cancellationToken)
    {
        // A resource that waits is told to wait no longer; its first start goes on.
        if (notifications.TryGetCurrentState(resource.InstanceId(), out var current) && current.Snapshot.State?.Text == KnownResourceStates.Waiting)
        {
            await notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.Starting }).ConfigureAwait(false);
            return;
        }

        await one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await Api.DeleteAsync(DcpSpecs.KindsOf(resource), resource.InstanceId(), cancellationToken).ConfigureAwait(false);
            await CreateAsync(resource, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            one.Release();
        }
    }

    // DCP sends SIGTERM first and kills later; this returns when the process or container is gone.
    private async Task StopResourceAsync(IResource resource, SemaphoreSlim one, CancellationToken cancellationToken)
    {
        await one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            await Api.PatchAsync(DcpSpecs.KindsOf(resource), resource.InstanceId(), new { stop = true }, cancellationToken).ConfigureAwait(false);
            await notifications.WaitForResourceAsync(resource.Name, KnownResourceStates.TerminalStates, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            one.Release();
        }
    }

    private async Task CreateAsync(IResource resource, CancellationToken cancellationToken)
    {
        var logger = loggers.GetLogger(resource);
        try
        {
            await notifications.PublishUpdateAsync(resource, s => s with
            {
                State = KnownResourceStates.Starting, ResourceReady = null, ExitCode = null,
                HealthReports = [.. resource.HealthCheckKeys().Select(key => new HealthReportSnapshot(key, null, null, null))],
            }).ConfigureAwait(false);
            foreach (var available in model.Resources.OfType<IResourceWithConnectionString>().Where(r => r.SelfAndAncestors().Contains(resource)))
            {
                var value = await available.GetConnectionStringAsync(cancellationToken).ConfigureAwait(false);
                await notifications.PublishUpdateAsync(available, s => s.With((CustomResourceKnownProperties.ConnectionString, value))).ConfigureAwait(false);
                await eventing.PublishAsync(new ConnectionStringAvailableEvent(available, provider), cancellationToken).ConfigureAwait(false);
            }

            await eventing.PublishAsync(new BeforeResourceStartedEvent(resource, provider), cancellationToken).ConfigureAwait(false);
            await WaitForDependenciesAsync(resource, cancellationToken).ConfigureAwait(false);
            await SendToDcpAsync(resource, logger, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
        {
            logger.LogError(ex, "Failed to create resource {ResourceName}", resource.Name);
            await notifications.PublishUpdateAsync(resource, s => s with { State = new(KnownResourceStates.FailedToStart, KnownResourceStateStyles.Error) })
                .ConfigureAwait(false);
            throw;
        }
    }

    // Waits until the dependencies are there, or until the start command takes the resource out of its waiting.
    private async Task WaitForDependenciesAsync(IResource resource, CancellationToken cancellationToken)
    {
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var dependencies = notifications.WaitForDependenciesAsync(resource, enough.Token);
        var told = dependencies.IsCompleted ? dependencies : notifications.WaitForResourceAsync(resource.Name, KnownResourceStates.Starting, enough.Token);
        await (await Task.WhenAny(dependencies, told).ConfigureAwait(false)).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
    }

    private async Task SendToDcpAsync(IResource resource, ILogger logger, CancellationToken cancellationToken)
    {
        var configuration = new ResourceConfiguration(resource, execution);
        await configuration.GatherAsync(logger, cancellationToken).ConfigureAwait(false);
        var isContainer = resource.IsContainer();
        if (isContainer)
        {
            await tunnel.OpenAsync(Api, configuration.FindReferredResources().Where(r => !r.IsContainer()), cancellationToken).ConfigureAwait(false);
        }

        var (args, env) = await configuration.ResolveAsync(cancellationToken).ConfigureAwait(false);
        var spec = !isContainer ? DcpSpecs.Executable(resource, args, env)
            : await DcpSpecs.ContainerAsync(resource, args, env, provider, cancellationToken).ConfigureAwait(false);
        await Api.CreateAsync(DcpSpecs.KindsOf(resource), isContainer ? "Container" : "Executable", resource.InstanceId(), spec, cancellationToken,
            DcpSpecs.Annotations(resource)).ConfigureAwait(false);
    }
}
