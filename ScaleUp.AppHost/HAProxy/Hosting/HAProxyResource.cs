namespace Aspire.Hosting.ApplicationModel;

/// <summary>One load balancer of a cluster: an HAProxy in a container.</summary>
/// <param name="name">The resource's name, for example <c>lb-1</c>.</param>
/// <param name="cluster">The cluster that it belongs to and shares its configuration with.</param>
public sealed class HAProxyResource(string name, HAProxyClusterResource cluster) : ContainerResource(name)
{
    internal const string PublicEndpointName = "public";
    internal const string SecureEndpointName = "secure";
    internal const string QuicEndpointName = "quic";
    internal const string OperationsEndpointName = "operations";
    internal const string PeersEndpointName = "peers";
    internal const string RuntimeEndpointName = "runtime";

    internal static readonly string[] OwnEndpointNames =
        [PublicEndpointName, SecureEndpointName, QuicEndpointName, OperationsEndpointName, PeersEndpointName, RuntimeEndpointName];

    /// <summary>The cluster that this load balancer belongs to.</summary>
    public HAProxyClusterResource Cluster { get; } = cluster;

    /// <summary>Where visitors come in: one fixed port, an address of its own for each load balancer.</summary>
    public EndpointReference PublicEndpoint => new(this, PublicEndpointName);

    /// <summary>Where visitors come in encrypted, if the cluster has a certificate.</summary>
    public EndpointReference SecureEndpoint => new(this, SecureEndpointName);

    /// <summary>Where operators look: <c>/health</c>, <c>/metrics</c> (Prometheus) and <c>/stats</c>.</summary>
    public EndpointReference OperationsEndpoint => new(this, OperationsEndpointName);

    /// <summary>HAProxy's Runtime API, which the commands in the dashboard use. There is none where the application is deployed.</summary>
    public EndpointReference RuntimeEndpoint => new(this, RuntimeEndpointName);
}
