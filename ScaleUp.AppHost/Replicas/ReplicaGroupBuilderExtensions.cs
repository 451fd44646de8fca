namespace Aspire.Hosting;

/// <summary>Adds groups of replicas, and configures all replicas of a group alike.</summary>
public static class ReplicaGroupBuilderExtensions
{
    /// <summary>Adds a tier of servers, named <c>name-1</c> to <c>name-N</c>.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The tier's name.</param>
    /// <param name="count">How many servers run from the start, at least 1.</param>
    /// <param name="add">Adds one server, given its name, with everything that it needs.</param>
    /// <param name="max">
    /// How many servers there can be: those above <paramref name="count"/> are standby servers, which are shown and known to
    /// the load balancers, and run once they are told to start. None by default.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1, or <paramref name="max"/> less than that.</exception>
    public static IResourceBuilder<ReplicaGroupResource> AddReplicas<T>(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, int count, Func<string, IResourceBuilder<T>> add, int? max = null)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentNullException.ThrowIfNull(add);
        ArgumentOutOfRangeException.ThrowIfLessThan(max ?? count, count, nameof(max));

        if (builder.ExecutionContext.IsPublishMode)
        {
            return Publish(builder, name, count, add(name));
        }

        var replicas = Enumerable.Range(1, max ?? count).Select(i => add($"{name}-{i}")).ToArray();
        var resources = replicas.Select(r => (IResourceWithEndpoints)r.Resource).ToArray();
        var set = builder.AddResource(new ReplicaGroupResource(name, resources[..count], resources[count..])).AsGroup("ReplicaGroup", "ServerMultiple");
        foreach (var (i, replica) in replicas.Index())
        {
            replica.WithParentRelationship(set);
            if (i >= count)
            {
                replica.WithExplicitStart();
            }
        }

        return set;
    }

    /// <summary>Sets an environment variable of each replica.</summary>
    public static IResourceBuilder<ReplicaGroupResource> WithEnvironment(
        this IResourceBuilder<ReplicaGroupResource> group, string name, string value) =>
        group.ForEachReplica<IResourceWithEnvironment>(replica => replica.WithEnvironment(name, value));

    /// <summary>Sets an environment variable of each replica to the value of a parameter.</summary>
    public static IResourceBuilder<ReplicaGroupResource> WithEnvironment(
        this IResourceBuilder<ReplicaGroupResource> group, string name, IResourceBuilder<ParameterResource> parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return group.ForEachReplica<IResourceWithEnvironment>(
            replica => replica.WithEnvironment(name, ReferenceExpression.Create($"{parameter.Resource}")));
    }

    /// <summary>Delays the start of each replica until a dependency is healthy.</summary>
    public static IResourceBuilder<ReplicaGroupResource> WaitFor(
        this IResourceBuilder<ReplicaGroupResource> group, IResourceBuilder<IResource> dependency) =>
        group.ForEachReplica<IResourceWithWaitSupport>(replica => replica.WaitFor(dependency));

    /// <summary>Configures each replica, standby servers included.</summary>
    /// <typeparam name="T">What the replicas must be.</typeparam>
    /// <param name="group">The group.</param>
    /// <param name="configure">Called once for each replica.</param>
    /// <exception cref="DistributedApplicationException">A replica is not a <typeparamref name="T"/>.</exception>
    public static IResourceBuilder<ReplicaGroupResource> ForEachReplica<T>(
        this IResourceBuilder<ReplicaGroupResource> group, Action<IResourceBuilder<T>> configure) where T : class, IResource
    {
        ArgumentNullException.ThrowIfNull(group);
        ArgumentNullException.ThrowIfNull(configure);

        foreach (var replica in group.Resource.Replicas.Concat(group.Resource.Standby))
        {
            configure(group.ApplicationBuilder.CreateResourceBuilder(
                replica as T ?? throw new DistributedApplicationException($"The replica '{replica.Name}' is not a resource of type {typeof(T).Name}.")));
        }

        return group;
    }

    // The orchestrator of a deployed application manages replicas: one service with one name.
    private static IResourceBuilder<ReplicaGroupResource> Publish<T>(
        IDistributedApplicationBuilder builder, string name, int count, IResourceBuilder<T> service) where T : IResourceWithEndpoints
    {
        if (service.Resource is ProjectResource project)
        {
            builder.CreateResourceBuilder(project).WithReplicas(count);
        }

        // Not added to the application: the group exists in run mode only.
        return builder.CreateResourceBuilder(new ReplicaGroupResource(name, [service.Resource], []) { PublishedReplicas = count });
    }

    /// <summary>Makes a resource the parent of others in the dashboard: it runs from the start, and is not deployed.</summary>
    internal static IResourceBuilder<T> AsGroup<T>(this IResourceBuilder<T> builder, string type, string iconName) where T : Resource =>
        builder
            .WithInitialState(new CustomResourceSnapshot { ResourceType = type, Properties = [], State = KnownResourceStates.Running })
            .WithIconName(iconName)
            .ExcludeFromManifest();
}
