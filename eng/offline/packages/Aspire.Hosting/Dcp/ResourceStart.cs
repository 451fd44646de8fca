using System.Globalization;

namespace Aspire.Hosting.Dcp;

/// <summary>How one resource starts and stops.</summary>
internal sealed partial class DcpOrchestrator
{
    private Task FirstStartAsync(IResource resource, CancellationToken cancellationToken) => resource.Last<ExplicitStartupAnnotation>() is null
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
            await Api.StopAsync(DcpSpecs.KindsOf(resource), resource.InstanceId(), cancellationToken).ConfigureAwait(false);
            await notifications.WaitForResourceAsync(resource.Name, e => KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            one.Release();
        }
    }

    private async Task CreateAsync(IResource resource, CancellationToken cancellationToken)
    {
        try
        {
            await notifications.PublishUpdateAsync(resource, s => s with
            {
                State = KnownResourceStates.Starting, ResourceReady = null, ExitCode = null,
                HealthReports = [.. resource.HealthCheckKeys().Select(key => new HealthReportSnapshot(key, null, null, null))],
            }).ConfigureAwait(false);
            await WaitForDependenciesAsync(resource, cancellationToken).ConfigureAwait(false);

            var env = await ResolveEnvironmentAsync(resource, cancellationToken).ConfigureAwait(false);
            var spec = resource is ContainerResource container
                ? await DcpSpecs.ContainerAsync(container, env, provider, cancellationToken).ConfigureAwait(false) : DcpSpecs.Executable(resource, env);
            await Api.CreateAsync(DcpSpecs.KindsOf(resource), resource is ContainerResource ? "Container" : "Executable", resource.InstanceId(), spec,
                cancellationToken, DcpSpecs.Annotations(resource)).ConfigureAwait(false);
        }
        catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
        {
            loggers.GetLogger(resource).LogError(ex, "Failed to create resource {ResourceName}", resource.Name);
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
        var told = dependencies.IsCompleted ? dependencies : notifications.WaitForResourceAsync(
            resource.Name, e => e.Snapshot.State?.Text == KnownResourceStates.Starting, enough.Token);
        await (await Task.WhenAny(dependencies, told).ConfigureAwait(false)).ConfigureAwait(false);
        await enough.CancelAsync().ConfigureAwait(false);
    }

    // First what the callbacks want, one after the other, then the values.
    private static async Task<List<object>> ResolveEnvironmentAsync(IResource resource, CancellationToken cancellationToken)
    {
        var environment = new EnvironmentCallbackContext();
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
        {
            annotation.Callback(environment);
        }

        var resolved = new List<object>();
        foreach (var (name, value) in environment.EnvironmentVariables)
        {
            var text = value is IValueProvider provider
                ? await provider.GetValueAsync(new ValueProviderContext { Caller = resource }, cancellationToken).ConfigureAwait(false)
                : value is string or int ? Convert.ToString(value, CultureInfo.InvariantCulture)
                : throw new NotSupportedException($"The environment variable {name} of '{resource.Name}' is a {value.GetType()}, which is not covered by eng/offline.");
            resolved.Add(new { name, value = text ?? "" });
        }

        return resolved;
    }
}
