namespace Aspire.Hosting;

/// <summary>Adds tiers of several like servers.</summary>
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

    // Where an application is deployed, replicas are the orchestrator's: one service, found by its name.
    private static IResourceBuilder<ReplicaGroupResource> Publish<T>(
        IDistributedApplicationBuilder builder, string name, int count, IResourceBuilder<T> service) where T : IResourceWithEndpoints
    {
        if (service.Resource is ProjectResource project)
        {
            builder.CreateResourceBuilder(project).WithReplicas(count);
        }

        // Not added to the application: it is not a thing of its own there.
        return builder.CreateResourceBuilder(new ReplicaGroupResource(name, [service.Resource], []) { PublishedReplicas = count });
    }

    /// <summary>A resource that is nothing by itself: it groups others, and it is there from the start.</summary>
    internal static IResourceBuilder<T> AsGroup<T>(this IResourceBuilder<T> builder, string type, string iconName) where T : Resource =>
        builder
            .WithInitialState(new CustomResourceSnapshot { ResourceType = type, Properties = [], State = KnownResourceStates.Running })
            .WithIconName(iconName)
            .ExcludeFromManifest();
}
