using Aspire.Hosting.HAProxy;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Extension methods that add HAProxy load balancers to an application.</summary>
public static partial class HAProxyBuilderExtensions
{
    private const int MaxInstances = 4;
    private const string Icon = "ArrowSplit";

    /// <summary>Adds a cluster of load balancers, named <c>name-1</c> to <c>name-N</c>, with the same configuration.</summary>
    /// <param name="builder">The application builder.</param>
    /// <param name="name">The cluster's name.</param>
    /// <param name="instances">The number of load balancers, 1 to 4. Two tolerate the loss of one.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="instances"/> is not 1 to 4.</exception>
    public static IResourceBuilder<HAProxyClusterResource> AddHAProxyCluster(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, int instances = 2)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(instances, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(instances, MaxInstances);

        var resource = new HAProxyClusterResource(name);
        var cluster = builder.AddResource(resource).AsGroup("HAProxyCluster", Icon);

        for (var i = 1; i <= instances; i++)
        {
            var instance = new HAProxyResource($"{name}-{i}", resource);
            resource.Add(instance);
            var container = builder.AddResource(instance)
                .WithImage(HAProxyContainerImageTags.Image, HAProxyContainerImageTags.Tag)
                .WithIconName(Icon)
                .WithParentRelationship(cluster);
            HAProxyContainer.Configure(container);
            HAProxyCommands.AddToInstance(container, resource.Manager);
        }

        if (builder.ExecutionContext.IsRunMode)
        {
            builder.Services.AddSingleton<IHostedService>(
                services => ActivatorUtilities.CreateInstance<HAProxyMonitor>(services, resource.Manager));
        }

        builder.Eventing.Subscribe<BeforeStartEvent>((_, _) =>
        {
            EnsureComplete(resource);
            return Task.CompletedTask;
        });

        return cluster;
    }

    /// <summary>Replaces the official image, for example with one from a private registry.</summary>
    /// <param name="cluster">The load balancers.</param>
    /// <param name="image">The image with its tag, as for <c>docker pull</c>. It must be compatible with the official image.</param>
    public static IResourceBuilder<HAProxyClusterResource> WithImage(this IResourceBuilder<HAProxyClusterResource> cluster, string image)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentException.ThrowIfNullOrEmpty(image);

        cluster.Resource.Image = image;
        cluster.ForEachInstance(instance => instance.WithImage(image));
        return cluster;
    }

    /// <summary>Configures the settings of the load balancers.</summary>
    /// <param name="cluster">The load balancers.</param>
    /// <param name="configure">A callback that changes the settings; it is called immediately.</param>
    /// <exception cref="ArgumentException">A setting is out of range; the message contains its name and valid range.</exception>
    public static IResourceBuilder<HAProxyClusterResource> WithSettings(
        this IResourceBuilder<HAProxyClusterResource> cluster, Action<HAProxySettings> configure)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(configure);

        configure(cluster.Resource.Settings);
        cluster.Resource.Settings.Validate();
        return cluster;
    }

    private static void EnsureComplete(HAProxyClusterResource cluster)
    {
        if (cluster.Frontends.Count == 0)
        {
            throw new DistributedApplicationException(
                $"Cluster '{cluster.Name}' has no frontends. Add one with {nameof(AddPublicFrontend)} or {nameof(AddInternalFrontend)}.");
        }

        if (cluster.Tls is not null && !cluster.Frontends.Any(frontend => frontend.IsPublic))
        {
            throw new DistributedApplicationException(
                $"Cluster '{cluster.Name}' has a certificate but no public frontend. Add one with {nameof(AddPublicFrontend)}.");
        }
    }

    private static void ForEachInstance(
        this IResourceBuilder<HAProxyClusterResource> cluster, Action<IResourceBuilder<HAProxyResource>> action)
    {
        foreach (var instance in cluster.Resource.Instances)
        {
            action(cluster.ApplicationBuilder.CreateResourceBuilder(instance));
        }
    }
}
