namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// The servers of one tier: resources of their own, alike but for the name, under one parent in the dashboard.
/// <c>WithReplicas</c> would put them behind a single address that picks one blindly; a load balancer needs to know each.
/// </summary>
/// <param name="name">The resource's name; replicas are called <c>name-1</c>, <c>name-2</c> and so on.</param>
/// <param name="replicas">The servers that run from the start, at least one.</param>
/// <param name="standby">The servers that are started when they are needed.</param>
public sealed class ReplicaGroupResource(string name, IReadOnlyList<IResourceWithEndpoints> replicas, IReadOnlyList<IResourceWithEndpoints> standby) : Resource(name)
{
    /// <summary>The servers that run from the start.</summary>
    public IReadOnlyList<IResourceWithEndpoints> Replicas { get; } = replicas;

    /// <summary>The servers that are started when they are needed. The load balancers know them already.</summary>
    public IReadOnlyList<IResourceWithEndpoints> Standby { get; } = standby;

    /// <summary>How many servers there are behind the one resource that is published; 0 where each is a resource of its own.</summary>
    internal int PublishedReplicas { get; init; }
}
