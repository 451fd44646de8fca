namespace Aspire.Hosting.ApplicationModel;

/// <summary>One load balancer of a cluster: an HAProxy container.</summary>
/// <param name="name">The resource's name, for example <c>lb-1</c>.</param>
/// <param name="cluster">The cluster that this load balancer belongs to, whose instances share one configuration.</param>
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

    /// <summary>The public HTTP endpoint: the same port for all load balancers, each on its own address.</summary>
    public EndpointReference PublicEndpoint => new(this, PublicEndpointName);

    /// <summary>The public HTTPS endpoint, if the cluster has a certificate.</summary>
    public EndpointReference SecureEndpoint => new(this, SecureEndpointName);

    /// <summary>The endpoint for operators: <c>/health</c>, <c>/metrics</c> (Prometheus) and <c>/stats</c>.</summary>
    public EndpointReference OperationsEndpoint => new(this, OperationsEndpointName);

    /// <summary>HAProxy's Runtime API, which the dashboard commands use. It exists in run mode only.</summary>
    public EndpointReference RuntimeEndpoint => new(this, RuntimeEndpointName);
}
