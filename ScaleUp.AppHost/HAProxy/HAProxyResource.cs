namespace Aspire.Hosting.ApplicationModel;

/// <summary>One load balancer of a cluster: an HAProxy in a container.</summary>
/// <param name="name">The resource's name, for example <c>lb-1</c>.</param>
/// <param name="cluster">The cluster that it belongs to and shares its configuration with.</param>
public sealed class HAProxyResource(string name, HAProxyClusterResource cluster) : ContainerResource(name)
{
    internal const string PublicEndpointName = "public";
    internal const string OperationsEndpointName = "operations";

    /// <summary>The cluster that this load balancer belongs to.</summary>
    public HAProxyClusterResource Cluster { get; } = cluster;

    /// <summary>Where visitors come in: one fixed port, an address of its own for each load balancer.</summary>
    public EndpointReference PublicEndpoint => new(this, PublicEndpointName);

    /// <summary>Where operators look: <c>/health</c>, <c>/metrics</c> (Prometheus) and <c>/stats</c>.</summary>
    public EndpointReference OperationsEndpoint => new(this, OperationsEndpointName);
}
