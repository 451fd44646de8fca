using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// How a load balancer in a container reaches a server that is a process of this machine.
/// <para>
/// Aspire's own way is a tunnel, which does not suit a load balancer: it keeps trying to connect to a dead server for up to
/// a minute and lets the connections to all other servers wait meanwhile (internal/dcptun/server_proxy.go of microsoft/dcp,
/// seen with 0.25.13), so that the loss of one server looks like the loss of all. So where Docker's bridge is a network
/// interface of this machine (Docker Engine on Linux) the servers listen on the bridge too, where containers reach them and
/// the local network does not. On Windows and macOS, Docker gives containers a name for this machine. Elsewhere it is the tunnel.
/// </para>
/// </summary>
internal static class UpstreamAddressResolver
{
    private const string BridgeInterface = "docker0";
    private const string HostName = "host.docker.internal";
    private const string EndpointName = "http";

    // Whose word about the visitor a server takes. Containers' addresses are known only when they run, but not their kind: Docker
    // takes them from the private networks, and what comes from this machine itself, past the load balancers, comes from 127.0.0.1.
    private const string TrustedProxiesVariable = "TrustedProxies";
    private const string ContainerNetworks = "172.16.0.0/12;192.168.0.0/16;10.0.0.0/8";
    private const string PrivateNetworks = $"{ContainerNetworks};100.64.0.0/10;fc00::/7";

    private static readonly Lazy<IPAddress?> s_bridge = new(FindBridge);

    /// <summary>Has the server listen where load balancers in containers can reach it.</summary>
    /// <param name="builder">The application.</param>
    /// <param name="server">The server.</param>
    /// <param name="isStandby">Whether it starts later than the load balancers, which have to know its port nevertheless.</param>
    /// <returns>The server's <c>host:port</c> as a load balancer sees it.</returns>
    public static ReferenceExpression Resolve(IDistributedApplicationBuilder builder, IResourceWithEndpoints server, bool isStandby)
    {
        var endpoint = server.GetEndpoint(EndpointName);
        if (!endpoint.Exists)
        {
            throw new DistributedApplicationException(
                $"The server '{server.Name}' has no endpoint '{EndpointName}', where the load balancers would send requests: call WithHttpEndpoint before.");
        }

        if (!builder.ExecutionContext.IsRunMode && server is ProjectResource published)
        {
            // The platform gives the addresses, all of them private; and only load balancers reach a server there.
            builder.CreateResourceBuilder(published).WithEnvironment(TrustedProxiesVariable, PrivateNetworks);
        }

        if (server is ContainerResource || !builder.ExecutionContext.IsRunMode)
        {
            return ReferenceExpression.Create($"{endpoint.Property(EndpointProperty.HostAndPort)}");
        }

        if (isStandby)
        {
            ReservePort(server);
        }

        var project = server is ProjectResource resource ? builder.CreateResourceBuilder(resource) : null;
        project?.WithEnvironment(TrustedProxiesVariable, s_bridge.Value is null ? "127.0.0.0/8;::1/128" : ContainerNetworks);

        if (s_bridge.Value is { } bridge)
        {
            project?.WithEnvironment("ASPNETCORE_URLS", ReferenceExpression.Create(
                $"http://localhost:{endpoint.Property(EndpointProperty.TargetPort)};http://{bridge.ToString()}:{endpoint.Property(EndpointProperty.TargetPort)}"));
            return ReferenceExpression.Create($"{bridge.ToString()}:{new HostPort(endpoint)}");
        }

        return OperatingSystem.IsLinux()
            ? ReferenceExpression.Create($"{endpoint.Property(EndpointProperty.HostAndPort)}")
            : ReferenceExpression.Create($"{HostName}:{new HostPort(endpoint)}");
    }

    /// <summary>The host of a server's address, which an ingress knows it by.</summary>
    public static ReferenceExpression HostOf(IResourceWithEndpoints server) =>
        ReferenceExpression.Create($"{server.GetEndpoint(EndpointName).Property(EndpointProperty.Host)}");

    // Aspire chooses a port when a server starts. This one is chosen now; it is one that the system gives to nobody by itself.
    private static void ReservePort(IResourceWithEndpoints server)
    {
        if (AnnotationOf(server.GetEndpoint(EndpointName)) is { Port: null, IsProxied: false } annotation)
        {
            string[] addresses = ["127.0.0.1", .. s_bridge.Value is { } bridge ? [bridge.ToString()] : Array.Empty<string>()];
            annotation.Port = annotation.TargetPort = LoopbackPort.FindFree(addresses, lasting: true);
        }
    }

    private static EndpointAnnotation AnnotationOf(EndpointReference endpoint) =>
        endpoint.Resource.Annotations.OfType<EndpointAnnotation>().Single(annotation => annotation.Name == endpoint.EndpointName);

    private static IPAddress? FindBridge() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.Name == BridgeInterface)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .FirstOrDefault(address => address.Address.AddressFamily == AddressFamily.InterNetwork)?.Address;

    /// <summary>The port of this machine, also where a container asks for it: no reference of a container to a process, and so no tunnel.</summary>
    private sealed class HostPort(EndpointReference endpoint) : IValueProvider, IManifestExpressionProvider
    {
        private readonly EndpointReferenceExpression _port = endpoint.Property(EndpointProperty.Port);

        public string ValueExpression => _port.ValueExpression;

        // A port that is fixed is known before the server runs, and is not to be waited for.
        public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
            AnnotationOf(endpoint) is { IsProxied: false, Port: { } port } ? new(port.ToString(CultureInfo.InvariantCulture))
            : _port.GetValueAsync(new ValueProviderContext { Network = KnownNetworkIdentifiers.LocalhostNetwork }, cancellationToken);

        public ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) =>
            GetValueAsync(cancellationToken);
    }
}
