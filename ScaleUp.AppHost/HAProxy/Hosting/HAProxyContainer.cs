using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting.HAProxy;

/// <summary>A load balancer as a container: its configuration, its ports, and what it may do.</summary>
internal static class HAProxyContainer
{
    // The user of the official image, which alone may read the key of the certificate.
    private const int User = 99;

    public static void Configure(IResourceBuilder<HAProxyResource> container)
    {
        container
            .WithEnvironment(HAProxyConfiguration.NameVariable, container.Resource.Name)
            // In a callback: the tiers, and so their addresses, are added after the load balancers.
            .WithEnvironment(context => AddAddresses(context.EnvironmentVariables, container.Resource.Cluster, container.ApplicationBuilder.ExecutionContext))
            .WithHttpEndpoint(targetPort: HAProxyConfiguration.OperationsPort, name: HAProxyResource.OperationsEndpointName, isProxied: false);
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
        container.ApplicationBuilder.Services.AddHealthChecks().Add(new(checkName, _ => new HAProxyHealthCheck(instance), failureStatus: null, tags: null));
        container
            .WithHealthCheck(checkName)
            .WithUrlForEndpoint(HAProxyResource.OperationsEndpointName, url => { url.Url += "/stats"; url.DisplayText = "Statistics"; })
            .WithContainerFiles(HAProxyConfiguration.Folder, (_, _) => Task.FromResult(FilesOf(instance.Cluster)))
            // The Runtime API, for the commands in the dashboard. Its port is published on this machine's loopback address, where every user of
            // this machine is, so it takes a key.
            .WithEnvironment(HAProxyConfiguration.RuntimeKeyVariable, instance.Cluster.RuntimeKey)
            .WithArgs("-S", HAProxyConfiguration.RuntimeSocket, "-f", $"{HAProxyConfiguration.Folder}/{HAProxyConfiguration.FileName}")
            .WithEndpoint(targetPort: HAProxyConfiguration.RuntimePort, scheme: "tcp", name: HAProxyResource.RuntimeEndpointName, isProxied: false)
            // It needs no rights beyond those of its user, and gets none. (A read-only file system would keep Aspire from
            // copying the configuration into the container.)
            .WithContainerRuntimeArgs("--cap-drop=ALL", "--security-opt=no-new-privileges")
            // Not the gentle stop of its image (SIGUSR1): HAProxy then looks for a successor to tell what it has counted, for 3 s, in which it
            // listens no more, while the forwarding of Docker still takes connections for it, and breaks them. What is in flight when it
            // ends at once, on a connection that was kept, browsers send again by themselves.
            .WithContainerRuntimeArgs("--stop-signal=SIGTERM");
    }

    // Where an application is deployed there may be no way to bring a file into a container, so the configuration is part of the image.
    private static void Publish(IResourceBuilder<HAProxyResource> container)
    {
        var instance = container.Resource;
        container
            .WithEndpoint(targetPort: HAProxyConfiguration.PeersPort, scheme: "tcp", name: HAProxyResource.PeersEndpointName, isProxied: false)
            // The folder is there because an image is built from one; nothing is taken from it.
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

    private static void AddAddresses(Dictionary<string, object> environment, HAProxyClusterResource cluster, DistributedApplicationExecutionContext context)
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
            // Containers of one application reach each other by the names of their resources.
            environment[HAProxyServer.VariableOf(instance.Name)] = context.IsPublishMode
                ? ReferenceExpression.Create($"{instance.GetEndpoint(HAProxyResource.PeersEndpointName).Property(EndpointProperty.HostAndPort)}")
                : string.Create(CultureInfo.InvariantCulture, $"{instance.Name}:{HAProxyConfiguration.PeersPort}");
        }
    }
}
