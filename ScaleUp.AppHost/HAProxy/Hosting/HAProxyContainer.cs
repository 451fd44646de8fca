using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.HAProxy;

/// <summary>Configures the container of a load balancer: configuration files, ports and privileges.</summary>
internal static class HAProxyContainer
{
    // The user of the official image; no other user may read the certificate's key.
    private const int User = 99;

    public static void Configure(IResourceBuilder<HAProxyResource> container)
    {
        container
            .WithEnvironment(HAProxyConfiguration.NameVariable, container.Resource.Name)
            // A callback, because tiers and their addresses are added after the load balancers.
            .WithEnvironment(context =>
                AddAddresses(context.EnvironmentVariables, container.Resource.Cluster, container.ApplicationBuilder.ExecutionContext))
            .WithHttpEndpoint(
                targetPort: HAProxyConfiguration.OperationsPort, name: HAProxyResource.OperationsEndpointName, isProxied: false);
        if (container.ApplicationBuilder.ExecutionContext.IsPublishMode)
        {
            Publish(container);
        }
        else
        {
            Run(container);
        }
    }

    private static void Run(IResourceBuilder<HAProxyResource> container)
    {
        var instance = container.Resource;
        var checkName = $"{instance.Name}_servers";
        container.ApplicationBuilder.Services.AddHealthChecks()
            .Add(new(checkName, _ => new HAProxyHealthCheck(instance), failureStatus: null, tags: null));
        container
            .WithHealthCheck(checkName)
            .WithUrlForEndpoint(HAProxyResource.OperationsEndpointName, url => { url.Url += "/stats"; url.DisplayText = "Statistics"; })
            .WithContainerFiles(HAProxyConfiguration.Folder, (_, _) => Task.FromResult(FilesOf(instance.Cluster)))
            // The dashboard commands use the Runtime API. It requires a key, because every user of this machine can reach its loopback
            // port.
            .WithEnvironment(HAProxyConfiguration.RuntimeKeyVariable, instance.Cluster.RuntimeKey)
            .WithArgs("-S", HAProxyConfiguration.RuntimeSocket, "-f", $"{HAProxyConfiguration.Folder}/{HAProxyConfiguration.FileName}")
            .WithEndpoint(
                targetPort: HAProxyConfiguration.RuntimePort, scheme: "tcp", name: HAProxyResource.RuntimeEndpointName, isProxied: false)
            // HAProxy needs no capabilities. (A read-only file system would prevent Aspire from copying the configuration.)
            .WithContainerRuntimeArgs("--cap-drop=ALL", "--security-opt=no-new-privileges")
            // Stop immediately instead of gracefully (SIGUSR1, the image's default): on a graceful stop HAProxy stops listening but waits 3
            // s for a new process to take over its counters, while Docker's port forwarding still accepts connections and breaks them.
            // Browsers retry requests on a keep-alive connection that closes.
            .WithContainerRuntimeArgs("--stop-signal=SIGTERM");
    }

    // Deployment targets may not support files in containers, so the configuration is part of the image.
    private static void Publish(IResourceBuilder<HAProxyResource> container)
    {
        var instance = container.Resource;
        container
            .WithEndpoint(
                targetPort: HAProxyConfiguration.PeersPort, scheme: "tcp", name: HAProxyResource.PeersEndpointName, isProxied: false)
            // Building an image requires a context folder; the Dockerfile uses no file from it.
            .WithDockerfileFactory(".", _ => DockerfileOf(instance));
    }

    private static string DockerfileOf(HAProxyResource instance) =>
        $"""
            FROM {instance.Cluster.Image}
            COPY <<"END_OF_CONFIGURATION" {HAProxyConfiguration.Folder}/{HAProxyConfiguration.FileName}
            {HAProxyConfiguration.Render(instance.Cluster.Model)}
            END_OF_CONFIGURATION

            """;

    private static IEnumerable<ContainerFileSystemItem> FilesOf(HAProxyClusterResource cluster)
    {
        yield return new ContainerFile { Name = HAProxyConfiguration.FileName, Contents = HAProxyConfiguration.Render(cluster.Model) };
        if (cluster.Certificate is { } certificate)
        {
            yield return new ContainerFile
            {
                Name = HAProxyConfiguration.CertificateFileName,
                Contents = certificate,
                Owner = User,
                Group = User,
                Mode = UnixFileMode.UserRead,
            };
        }
    }

    private static void AddAddresses(
        Dictionary<string, object> environment, HAProxyClusterResource cluster, DistributedApplicationExecutionContext context)
    {
        foreach (var (variable, address) in cluster.ServerAddresses)
        {
            environment[variable] = address;
        }

        foreach (var (variable, host) in cluster.ServerHosts)
        {
            environment[variable] = host;
        }

        foreach (var instance in cluster.Instances)
        {
            // Containers of one application reach each other by resource name.
            var endpoint = instance.GetEndpoint(HAProxyResource.PeersEndpointName);
            environment[HAProxyServer.VariableOf(instance.Name)] = context.IsPublishMode
                ? ReferenceExpression.Create($"{endpoint.Property(EndpointProperty.HostAndPort)}")
                : string.Create(CultureInfo.InvariantCulture, $"{instance.Name}:{HAProxyConfiguration.PeersPort}");
        }
    }
}
