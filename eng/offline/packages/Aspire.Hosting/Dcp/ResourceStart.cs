namespace Aspire.Hosting.Dcp;

/// <summary>How one resource starts and stops.</summary>
internal sealed partial class DcpOrchestrator
{
    private Task FirstStartAsync(IResource resource, CancellationToken cancellationToken) => resource.Last<ExplicitStartupAnnotation>() is null
        ? CreateAsync(resource, cancellationToken) : notifications.PublishUpdateAsync(resource, s => s with { State = KnownResourceStates.NotStarted });

    private async Task StartResourceAsync(IResource resource, CancellationToken cancellationToken)
    {
        if (notifications.TryGetCurrentState(resource.InstanceId(), out var current) && current.Snapshot.State?.Text == KnownResourceStates.Waiting)
        {
            throw new NotSupportedException($"'{resource.Name}' waits for others and starts after them; to start it before is not covered by eng/offline.");
        }

        await Api.DeleteAsync(DcpSpecs.KindsOf(resource), resource.InstanceId(), cancellationToken).ConfigureAwait(false);
        await CreateAsync(resource, cancellationToken).ConfigureAwait(false);
    }

    // DCP sends SIGTERM first and kills later; this returns when the process or container is gone.
    private async Task StopResourceAsync(IResource resource, CancellationToken cancellationToken)
    {
        await Api.StopAsync(DcpSpecs.KindsOf(resource), resource.InstanceId(), cancellationToken).ConfigureAwait(false);
        await notifications.WaitForResourceAsync(resource.Name, e => KnownResourceStates.TerminalStates.Contains(e.Snapshot.State?.Text), cancellationToken).ConfigureAwait(false);
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
            await notifications.WaitForDependenciesAsync(resource, cancellationToken).ConfigureAwait(false);

            var env = await ResolveEnvironmentAsync(resource, cancellationToken).ConfigureAwait(false);
            var args = await ResolveArgsAsync(resource, cancellationToken).ConfigureAwait(false);
            var spec = resource is ContainerResource container
                ? await DcpSpecs.ContainerAsync(container, env, args, provider, cancellationToken).ConfigureAwait(false)
                : DcpSpecs.Executable(resource, env, args);
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

    // First what the callbacks want, one after the other, then the values.
    private static async Task<List<object>> ResolveEnvironmentAsync(IResource resource, CancellationToken cancellationToken)
    {
        var environment = new EnvironmentCallbackContext(new(), resource);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
        {
            await annotation.Callback(environment).ConfigureAwait(false);
        }

        return await environment.EnvironmentVariables.ToAsyncEnumerable().Select(async (variable, ct) => (object)new
        {
            name = variable.Key, value = await ResolveAsync(resource, $"environment variable {variable.Key}", variable.Value, ct).ConfigureAwait(false) ?? "",
        }).ToListAsync(cancellationToken).ConfigureAwait(false);
    }

    // As in genuine Aspire, an argument without a value is left out.
    private static async ValueTask<List<string>> ResolveArgsAsync(IResource resource, CancellationToken cancellationToken)
    {
        var context = new CommandLineArgsCallbackContext([], resource);
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToArray())
        {
            await annotation.Callback(context).ConfigureAwait(false);
        }

        return await context.Args.ToAsyncEnumerable().Select((arg, ct) => ResolveAsync(resource, "argument", arg, ct))
            .OfType<string>().ToListAsync(cancellationToken).ConfigureAwait(false);
    }

    private static ValueTask<string?> ResolveAsync(IResource resource, string what, object value, CancellationToken cancellationToken)
        => value is IValueProvider provider ? provider.GetValueAsync(new ValueProviderContext { Caller = resource }, cancellationToken)
            : value is string or int ? new(Convert.ToString(value, CultureInfo.InvariantCulture))
            : throw new NotSupportedException($"The {what} of '{resource.Name}' is a {value.GetType()}, which is not covered by eng/offline.");
}
