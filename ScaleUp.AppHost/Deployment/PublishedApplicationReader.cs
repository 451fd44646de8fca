using System.Collections.ObjectModel;
using Aspire.Hosting.HAProxy;

namespace ScaleUp.AppHost.Deployment;

/// <summary>Reads the application to deploy from the application model in publish mode.</summary>
internal static class PublishedApplicationReader
{
    // The default port of ASP.NET Core images, https://learn.microsoft.com/dotnet/core/containers/publish-configuration#containerport.
    private const int ServerPort = 8080;

    /// <exception cref="NotSupportedException">The application contains a resource that the deployment targets don't support.</exception>
    public static async Task<PublishedApplication> ReadAsync(
        IEnumerable<IResource> resources, DistributedApplicationExecutionContext context)
    {
        var all = resources.ToArray();
        var services = new List<PublishedService>();
        foreach (var resource in all)
        {
            if (resource is ProjectResource or ContainerResource)
            {
                services.Add(await ReadAsync((IResourceWithEndpoints)resource, all, context));
            }
            else if (resource is not (ParameterResource or IResourceWithConnectionString or HAProxyClusterResource))
            {
                throw new NotSupportedException(
                    $"Resource '{resource.Name}' cannot be published; only projects, containers, databases, load balancers and " +
                    "parameters are supported.");
            }
        }

        return new PublishedApplication(
            services, [.. all.OfType<ParameterResource>().Select(p => new PublishedParameter(p.Name, p.Default is not null))]);
    }

    private static async Task<PublishedService> ReadAsync(
        IResourceWithEndpoints resource, IResource[] all, DistributedApplicationExecutionContext context)
    {
        var service = new PublishedService(resource.Name, resource switch
        {
            HAProxyResource => ServiceKind.LoadBalancer,
            ProjectResource => ServiceKind.Server,
            IResourceWithConnectionString => ServiceKind.Database,
            _ => throw new NotSupportedException(
                $"Container '{resource.Name}' cannot be published, because it is neither a load balancer nor a database."),
        })
        {
            Replicas = resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1,
            Environment = await ReadEnvironmentAsync(resource, all, context),
            Endpoints =
            [
                .. resource.Annotations.OfType<EndpointAnnotation>()
                    .Select(e => new PublishedEndpoint(e.Name, e.UriScheme, e.TargetPort ?? ServerPort, e.IsExternal)),
            ],
            Volume = resource.Annotations.OfType<ContainerMountAnnotation>()
                .Select(mount => new PublishedVolume(mount.Source!, mount.Target))
                .SingleOrDefault(),
        };

        return resource switch
        {
            HAProxyResource loadBalancer => service with
            {
                Group = loadBalancer.Cluster.Name,
                Image = loadBalancer.Cluster.Image,
                Configuration = HAProxyConfiguration.Render(loadBalancer.Cluster.Model),
            },
            ProjectResource project => service with { ProjectPath = project.GetProjectMetadata().ProjectPath },
            _ => resource.TryGetContainerImageName(out var image)
                ? service with { Image = image, Command = await ReadCommandAsync(resource, context) }
                : throw new NotSupportedException($"Container '{resource.Name}' cannot be published, because it has no image."),
        };
    }

    private static async Task<string[]> ReadCommandAsync(IResource resource, DistributedApplicationExecutionContext context)
    {
        if (resource is not ContainerResource { Entrypoint: { } entrypoint })
        {
            return [];
        }

        var arguments = new CommandLineArgsCallbackContext([], resource) { ExecutionContext = context };
        foreach (var annotation in resource.Annotations.OfType<CommandLineArgsCallbackAnnotation>().ToArray())
        {
            await annotation.Callback(arguments);
        }

        return [entrypoint, .. arguments.Args.Cast<string>()];
    }

    private static async Task<ReadOnlyDictionary<string, string>> ReadEnvironmentAsync(
        IResource resource, IResource[] all, DistributedApplicationExecutionContext context)
    {
        var values = new EnvironmentCallbackContext(context, resource);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>().ToArray())
        {
            await annotation.Callback(values);
        }

        return values.EnvironmentVariables.ToDictionary(variable => variable.Key, variable => ManifestExpressions.Expand(
            variable.Value as string ?? (variable.Value as IManifestExpressionProvider)?.ValueExpression
                ?? throw new NotSupportedException(
                    $"Environment variable {variable.Key} of '{resource.Name}' cannot be published; its value must be a string or a " +
                    "manifest expression."),
            name => all.OfType<IResourceWithConnectionString>().Single(r => r.Name == name) switch
            {
                // An external database's connection string is a parameter.
                ParameterResource external => external.ValueExpression,
                var database => database.ConnectionStringExpression.ValueExpression,
            })).AsReadOnly();
    }
}
