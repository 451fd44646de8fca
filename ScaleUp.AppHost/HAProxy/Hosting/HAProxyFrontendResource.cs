namespace Aspire.Hosting.ApplicationModel;

/// <summary>A frontend of a cluster: where requests for a tier enter the load balancers.</summary>
/// <param name="name">The resource's name, unique in the application.</param>
/// <param name="frontendName">The frontend's name, unique in the cluster, and that of its endpoint at each load balancer.</param>
/// <param name="cluster">The cluster.</param>
public sealed class HAProxyFrontendResource(string name, string frontendName, HAProxyClusterResource cluster) : Resource(name)
{
    /// <summary>The frontend's name; internal frontends are found by service discovery under it.</summary>
    public string FrontendName { get; } = frontendName;

    /// <summary>The load balancers that accept the requests.</summary>
    public HAProxyClusterResource Cluster { get; } = cluster;
}
