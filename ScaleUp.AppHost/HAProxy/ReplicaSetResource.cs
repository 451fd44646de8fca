namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// The servers of one tier: resources of their own, alike but for the name, under one parent in the dashboard.
/// <c>WithReplicas</c> would put them behind a single address that picks one blindly; a load balancer needs to know each.
/// </summary>
/// <param name="name">The resource's name; replicas are called <c>name-1</c>, <c>name-2</c> and so on.</param>
/// <param name="replicas">The servers, at least one.</param>
public sealed class ReplicaSetResource(string name, IReadOnlyList<IResourceWithEndpoints> replicas) : Resource(name)
{
    /// <summary>The servers.</summary>
    public IReadOnlyList<IResourceWithEndpoints> Replicas { get; } = replicas;
}
