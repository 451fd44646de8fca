using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Dcp;

/// <summary>The environment and the arguments of a resource: first what its callbacks want, then the values.</summary>
internal sealed class ResourceConfiguration(IResource resource, DistributedApplicationExecutionContext execution)
{
    private readonly Dictionary<string, object> _environment = [];
    private readonly List<object> _args = [];

    public async Task GatherAsync(ILogger logger, CancellationToken cancellationToken)
    {
        var environment = new EnvironmentCallbackContext(execution, resource, _environment, cancellationToken) { Logger = logger };
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
        {
            await annotation.Callback(environment).ConfigureAwait(false);
        }

        var args = new CommandLineArgsCallbackContext(_args, resource, cancellationToken) { ExecutionContext = execution, Logger = logger };
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToArray())
        {
            await annotation.Callback(args).ConfigureAwait(false);
        }
    }

    /// <summary>The resources whose endpoints some value refers to, however deep.</summary>
    public IEnumerable<IResource> FindReferredResources()
        => _environment.Values.Concat(_args).SelectMany(FindEndpoints).Select(e => (IResource)e.Resource).Distinct();

    public async Task<(List<string> Args, List<object> Env)> ResolveAsync(CancellationToken cancellationToken)
    {
        var env = new List<object>();
        foreach (var (name, value) in _environment)
        {
            env.Add(new { name, value = await ResolveAsync(value, cancellationToken).ConfigureAwait(false) ?? "" });
        }

        var args = new List<string>();
        foreach (var value in _args)
        {
            args.Add(await ResolveAsync(value, cancellationToken).ConfigureAwait(false) ?? "");
        }

        return (args, env);
    }

    private static IEnumerable<EndpointReference> FindEndpoints(object value)
        => value is EndpointReference endpoint ? [endpoint] : (value as IValueWithReferences)?.References.SelectMany(FindEndpoints) ?? [];

    private async Task<string?> ResolveAsync(object? value, CancellationToken cancellationToken)
        => value is IResourceBuilder<IResource> { Resource: var built } ? await ResolveAsync(built, cancellationToken).ConfigureAwait(false)
            : value is not IValueProvider provider ? Convert.ToString(value, CultureInfo.InvariantCulture)
            : await provider.GetValueAsync(new() { ExecutionContext = execution, Caller = resource }, cancellationToken).ConfigureAwait(false);
}
