using System.Globalization;
using Aspire.Hosting.HAProxy;

namespace Aspire.Hosting;

public static partial class HAProxyBuilderExtensions
{
    /// <summary>
    /// Adds a TCP frontend for other tiers on every load balancer. Its connections go to a server that passes an HTTP health check; the
    /// connections of a server that fails the check are closed. Visitors can't reach the frontend.
    /// </summary>
    /// <param name="cluster">The load balancers.</param>
    /// <param name="name">The name of the frontend and of its endpoint on each load balancer.</param>
    /// <param name="servers">The containers that the connections go to.</param>
    /// <param name="port">The port of the servers, and of the frontend inside the load balancers' containers.</param>
    /// <param name="check">The health check of the servers.</param>
    /// <returns>The endpoints of the frontend, one per load balancer.</returns>
    /// <exception cref="DistributedApplicationException">
    /// There is already a frontend of this name, or the load balancers have an endpoint with its name.
    /// </exception>
    public static IReadOnlyList<EndpointReference> AddTcpFrontend(
        this IResourceBuilder<HAProxyClusterResource> cluster,
        [EndpointName] string name,
        IReadOnlyList<ContainerResource> servers,
        int port,
        HAProxyTcpCheck check)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(servers);
        ArgumentOutOfRangeException.ThrowIfZero(servers.Count);
        ArgumentNullException.ThrowIfNull(check);
        ThrowIfNoPort(port);

        cluster.Resource.AddTcpFrontend(
            new HAProxyTcpFrontend(name, port, [.. servers.Select(server => server.Name)], check),
            // Containers reach each other by the names of their resources.
            servers.Select(server => (
                HAProxyServer.VariableOf(server.Name),
                ReferenceExpression.Create($"{server.Name}:{port.ToString(CultureInfo.InvariantCulture)}"))));
        // Like internal frontends, not behind Aspire's proxy. The port stays the same across restarts of the load balancer.
        cluster.ForEachInstance(instance => instance.WithEndpoint(name, endpoint =>
        {
            endpoint.TargetPort = port;
            endpoint.UriScheme = "tcp";
            endpoint.Port = LoopbackPort.FindFree(["127.0.0.1"], isStatic: true);
            endpoint.IsProxied = false;
        }));
        return [.. cluster.Resource.Instances.Select(instance => instance.GetEndpoint(name))];
    }
}
