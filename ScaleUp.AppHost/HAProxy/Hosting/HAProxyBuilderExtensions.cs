using Aspire.Hosting.HAProxy;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Aspire.Hosting;

/// <summary>Adds HAProxy load balancers to an application.</summary>
public static partial class HAProxyBuilderExtensions
{
    private const int MaxInstances = 4;
    private const string Icon = "ArrowSplit";

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
            HAProxyCommands.AddToInstance(container, resource.Control);
        }

        if (builder.ExecutionContext.IsRunMode)
        {
            builder.Services.AddSingleton<IHostedService>(services => ActivatorUtilities.CreateInstance<HAProxyMonitor>(services, resource.Control));
        }

        builder.Eventing.Subscribe<BeforeStartEvent>((_, _) =>
        {
            EnsureComplete(resource);
            return Task.CompletedTask;
        });

        return cluster;
    }

    /// <summary>Uses another image than the official one, for example from a private registry.</summary>
    /// <param name="cluster">The load balancers.</param>
    /// <param name="image">The image with its tag, as in <c>docker pull</c>. It must behave as the official one does.</param>
    public static IResourceBuilder<HAProxyClusterResource> WithImage(this IResourceBuilder<HAProxyClusterResource> cluster, string image)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentException.ThrowIfNullOrEmpty(image);

        cluster.Resource.Image = image;
        cluster.ForEachInstance(instance => instance.WithImage(image));
        return cluster;
    }

    /// <summary>Changes how the load balancers work.</summary>
    /// <param name="cluster">The load balancers.</param>
    /// <param name="configure">Changes the settings; it is called at once.</param>
    /// <exception cref="ArgumentException">A setting is out of its range; the message says which and what it must be.</exception>
    public static IResourceBuilder<HAProxyClusterResource> WithSettings(this IResourceBuilder<HAProxyClusterResource> cluster, Action<HAProxySettings> configure)
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
                $"The load balancers '{cluster.Name}' lead nowhere: add a tier with {nameof(WithPublicFrontend)} or {nameof(WithInternalFrontend)}.");
        }

        if (cluster.Tls is not null && !cluster.Frontends.Any(frontend => frontend.IsPublic))
        {
            throw new DistributedApplicationException(
                $"The load balancers '{cluster.Name}' have a certificate and no visitors: add a tier with {nameof(WithPublicFrontend)}.");
        }
    }

    private static void ForEachInstance(this IResourceBuilder<HAProxyClusterResource> cluster, Action<IResourceBuilder<HAProxyResource>> action)
    {
        foreach (var instance in cluster.Resource.Instances)
        {
            action(cluster.ApplicationBuilder.CreateResourceBuilder(instance));
        }
    }
}
