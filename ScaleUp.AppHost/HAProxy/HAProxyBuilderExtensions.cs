using System.Globalization;
using System.Net;
using Aspire.Hosting.HAProxy;

namespace Aspire.Hosting;

/// <summary>Adds HAProxy load balancers to an application.</summary>
public static class HAProxyBuilderExtensions
{
    private const int PublicPort = 8080;
    private const int FirstInternalPort = 8081;
    private const int MaxInstances = 4;

    // "localhost" is the first two, and every browser and HTTP client goes over from one to the other. More instances
    // get further addresses of the loopback network, which Linux answers without any set-up.
    private static readonly string[] s_publicAddresses = ["127.0.0.1", "::1", "127.0.0.3", "127.0.0.4"];

    /// <summary>Adds load balancers, named <c>name-1</c> to <c>name-N</c>, which share one configuration.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The cluster's name.</param>
    /// <param name="instances">How many load balancers, 1 to 4. Two survive the loss of one.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="instances"/> is not 1 to 4.</exception>
    public static IResourceBuilder<HAProxyClusterResource> AddHAProxyCluster(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, int instances = 2)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(instances, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(instances, MaxInstances);

        var resource = new HAProxyClusterResource(name);
        var cluster = builder.AddResource(resource).AsGroup("HAProxyCluster", "ArrowSplit");

        for (var i = 1; i <= instances; i++)
        {
            var instance = new HAProxyResource($"{name}-{i}", resource);
            resource.Add(instance);
            builder.AddResource(instance)
                .WithImage(HAProxyContainerImageTags.Image, HAProxyContainerImageTags.Tag)
                .WithIconName("ArrowSplit")
                .WithHttpEndpoint(targetPort: HAProxyConfiguration.OperationsPort, name: HAProxyResource.OperationsEndpointName, isProxied: false)
                .WithHttpHealthCheck("/health", endpointName: HAProxyResource.OperationsEndpointName)
                .WithUrlForEndpoint(HAProxyResource.OperationsEndpointName, url => { url.Url += "/stats"; url.DisplayText = "Statistics"; })
                .WithEnvironment(HAProxyConfiguration.NameVariable, instance.Name)
                // In a callback: the tiers, and so their addresses, are added after the load balancers.
                .WithEnvironment(context =>
                {
                    foreach (var (variable, address) in resource.ServerAddresses)
                    {
                        context.EnvironmentVariables[variable] = address;
                    }
                })
                .WithContainerFiles("/usr/local/etc/haproxy", (_, _) => Task.FromResult<IEnumerable<ContainerFileSystemItem>>(
                    [new ContainerFile { Name = "haproxy.cfg", Contents = HAProxyConfiguration.Render(resource.Frontends) }]))
                .WithParentRelationship(cluster);
        }

        builder.Eventing.Subscribe<BeforeStartEvent>((_, _) =>
            resource.Frontends.Count > 0 ? Task.CompletedTask : throw new DistributedApplicationException(
                $"The load balancers '{name}' lead nowhere: add a tier with {nameof(WithPublicFrontend)} or {nameof(WithInternalFrontend)}."));

        return cluster;
    }

    /// <summary>Uses another image than the official one, for example from a private registry.</summary>
    /// <param name="cluster">The load balancers.</param>
    /// <param name="image">The image with its tag, as in <c>docker pull</c>. It must behave as the official one does.</param>
    public static IResourceBuilder<HAProxyClusterResource> WithImage(this IResourceBuilder<HAProxyClusterResource> cluster, string image)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentException.ThrowIfNullOrEmpty(image);

        cluster.ForEachInstance(instance => instance.WithImage(image));
        return cluster;
    }

    /// <summary>
    /// Lets visitors in: every load balancer answers on the same port, the first on 127.0.0.1, the second on ::1, which
    /// together are <c>localhost</c>. (Further ones are on 127.0.0.3 and 127.0.0.4.)
    /// </summary>
    /// <param name="cluster">The load balancers.</param>
    /// <param name="tier">The servers that the requests go to, by their endpoint <c>http</c>.</param>
    /// <param name="port">The port; 0 takes one that is free on all addresses.</param>
    /// <exception cref="DistributedApplicationException">There is a public frontend already, or, at the start, the port is in use.</exception>
    public static IResourceBuilder<HAProxyClusterResource> WithPublicFrontend(
        this IResourceBuilder<HAProxyClusterResource> cluster, IResourceBuilder<ReplicaSetResource> tier, int port = PublicPort)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(tier);
        ArgumentOutOfRangeException.ThrowIfNegative(port);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(port, IPEndPoint.MaxPort);

        cluster.Resource.AddFrontend(cluster.ApplicationBuilder, HAProxyResource.PublicEndpointName, PublicPort, isPublic: true, tier.Resource);
        var addresses = s_publicAddresses.Take(cluster.Resource.Instances.Count).ToArray();
        if (port == 0)
        {
            port = LoopbackPort.FindFree(addresses);
        }

        foreach (var (instance, address) in cluster.Resource.Instances.Zip(addresses))
        {
            cluster.ApplicationBuilder.CreateResourceBuilder(instance).WithEndpoint(HAProxyResource.PublicEndpointName, endpoint =>
            {
                endpoint.Port = port;
                endpoint.TargetPort = PublicPort;
                endpoint.TargetHost = address;
                endpoint.UriScheme = "http";
                endpoint.IsProxied = false;
                endpoint.IsExternal = true;
            })
            // Aspire makes no valid URL of an IPv6 address by itself.
            .WithUrlForEndpoint(HAProxyResource.PublicEndpointName, url =>
            {
                url.Url = new UriBuilder(Uri.UriSchemeHttp, address, port).Uri.ToString();
                url.DisplayText = "Website";
            });
        }

        cluster.ApplicationBuilder.Eventing.Subscribe<BeforeStartEvent>((_, _) =>
        {
            LoopbackPort.EnsureFree(addresses, port);
            return Task.CompletedTask;
        });

        return cluster.WithUrl("http://localhost:" + port.ToString(CultureInfo.InvariantCulture), "Website");
    }

    /// <summary>Lets other tiers in, which refer to it by <see cref="GetInternalFrontend"/>. Visitors can't reach it.</summary>
    /// <param name="cluster">The load balancers.</param>
    /// <param name="tier">The servers that the requests go to; the frontend has their tier's name.</param>
    /// <exception cref="DistributedApplicationException">The tier has a frontend already.</exception>
    public static IResourceBuilder<HAProxyClusterResource> WithInternalFrontend(
        this IResourceBuilder<HAProxyClusterResource> cluster, IResourceBuilder<ReplicaSetResource> tier)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(tier);

        var name = tier.Resource.Name;
        var port = FirstInternalPort + cluster.Resource.Frontends.Count(f => !f.IsPublic);
        cluster.Resource.AddFrontend(cluster.ApplicationBuilder, name, port, isPublic: false, tier.Resource);
        // Not behind Aspire's proxy: it would keep requests for a stopped load balancer waiting, instead of refusing them so
        // that the caller goes to the next one.
        cluster.ForEachInstance(instance => instance.WithHttpEndpoint(targetPort: port, name: name, isProxied: false));
        return cluster;
    }

    /// <summary>The internal frontend of this name, for <c>WithReference</c>.</summary>
    /// <exception cref="DistributedApplicationException">There is none of this name.</exception>
    public static HAProxyInternalFrontend GetInternalFrontend(this IResourceBuilder<HAProxyClusterResource> cluster, string name)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentException.ThrowIfNullOrEmpty(name);

        return cluster.Resource.Frontends.Any(f => f.Name == name && !f.IsPublic)
            ? new HAProxyInternalFrontend(cluster.Resource, name)
            : throw new DistributedApplicationException(
                $"The load balancers '{cluster.Resource.Name}' have no internal frontend '{name}': call {nameof(WithInternalFrontend)} before.");
    }

    /// <summary>
    /// Tells a resource how to reach an internal frontend: service discovery resolves <c>http://name</c> to one endpoint for
    /// each load balancer.
    /// </summary>
    public static IResourceBuilder<T> WithReference<T>(this IResourceBuilder<T> builder, HAProxyInternalFrontend frontend)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(frontend);

        foreach (var (i, instance) in frontend.Cluster.Instances.Index())
        {
            builder.WithEnvironment($"services__{frontend.Name}__http__{i}", instance.GetEndpoint(frontend.Name));
        }

        return builder;
    }

    private static void ForEachInstance(this IResourceBuilder<HAProxyClusterResource> cluster, Action<IResourceBuilder<HAProxyResource>> action)
    {
        foreach (var instance in cluster.Resource.Instances)
        {
            action(cluster.ApplicationBuilder.CreateResourceBuilder(instance));
        }
    }
}
