namespace Aspire.Hosting;

/// <summary>Adds tiers of several like servers.</summary>
public static class ReplicaSetBuilderExtensions
{
    /// <summary>Adds a tier of servers, named <c>name-1</c> to <c>name-N</c>.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The tier's name.</param>
    /// <param name="count">How many servers, at least 1.</param>
    /// <param name="add">Adds one server, given its name, with everything that it needs.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="count"/> is less than 1.</exception>
    public static IResourceBuilder<ReplicaSetResource> AddReplicas<T>(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, int count, Func<string, IResourceBuilder<T>> add)
        where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        ArgumentNullException.ThrowIfNull(add);

        var replicas = Enumerable.Range(1, count).Select(i => add($"{name}-{i}")).ToArray();
        var set = builder.AddResource(new ReplicaSetResource(name, [.. replicas.Select(r => (IResourceWithEndpoints)r.Resource)]))
            .AsGroup("ReplicaSet", "ServerMultiple");
        foreach (var replica in replicas)
        {
            replica.WithParentRelationship(set);
        }

        return set;
    }

    /// <summary>A resource that is nothing by itself: it groups others, and it is there from the start.</summary>
    internal static IResourceBuilder<T> AsGroup<T>(this IResourceBuilder<T> builder, string type, string iconName) where T : Resource =>
        builder
            .WithInitialState(new CustomResourceSnapshot { ResourceType = type, Properties = [], State = KnownResourceStates.Running })
            .WithIconName(iconName)
            .ExcludeFromManifest();
}
