using System.Globalization;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// Determines the address at which a load balancer in a container reaches a server process on this machine.
/// <para>
/// Aspire's tunnel does not suit a load balancer: it retries connections to a dead server for up to a minute and blocks connections to all
/// other servers meanwhile (internal/dcptun/server_proxy.go in microsoft/dcp, observed with 0.25.13), so that the loss of one server looks
/// like the loss of all. With Docker Engine on Linux the servers therefore also listen on Docker's bridge, which containers reach and the
/// local network does not. On Windows and macOS, containers reach this machine by a host name of Docker. Elsewhere the tunnel is used.
/// </para>
/// </summary>
internal static class UpstreamAddressResolver
{
    private const string BridgeInterface = "docker0";
    private const string HostName = "host.docker.internal";
    private const string EndpointName = "http";

    // Docker assigns container addresses from the private networks. Where the platform assigns them, shared and unique local addresses too.
    private static readonly string[] s_containerNetworks = ["172.16.0.0/12", "192.168.0.0/16", "10.0.0.0/8"];
    private static readonly string[] s_privateNetworks = [.. s_containerNetworks, "100.64.0.0/10", "fc00::/7"];
    private static readonly string[] s_loopbackNetworks = ["127.0.0.0/8", "::1/128"];

    private static readonly Lazy<IPAddress?> s_bridge = new(FindBridge);

    /// <summary>Configures the server to listen where load balancers in containers can reach it, and returns that address.</summary>
    /// <param name="builder">The application builder.</param>
    /// <param name="server">The server.</param>
    /// <param name="isStandby">Whether the server starts after the load balancers, so that its port must be fixed in advance.</param>
    /// <returns>The server's <c>host:port</c> for load balancers.</returns>
    public static ReferenceExpression Resolve(IDistributedApplicationBuilder builder, IResourceWithEndpoints server, bool isStandby)
    {
        var endpoint = server.GetEndpoint(EndpointName);
        if (!endpoint.Exists)
        {
            throw new DistributedApplicationException(
                $"Server '{server.Name}' has no endpoint '{EndpointName}' for requests from the load balancers. " +
                "Call WithHttpEndpoint first.");
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
        if (s_bridge.Value is { } bridge)
        {
            var port = endpoint.Property(EndpointProperty.TargetPort);
            project?.WithEnvironment(
                "ASPNETCORE_URLS", ReferenceExpression.Create($"http://localhost:{port};http://{bridge.ToString()}:{port}"));
            return ReferenceExpression.Create($"{bridge.ToString()}:{new HostPort(endpoint)}");
        }

        return OperatingSystem.IsLinux()
            ? ReferenceExpression.Create($"{endpoint.Property(EndpointProperty.HostAndPort)}")
            : ReferenceExpression.Create($"{HostName}:{new HostPort(endpoint)}");
    }

    /// <summary>The networks from which load balancers reach servers.</summary>
    public static IReadOnlyList<string> NetworksOf(DistributedApplicationExecutionContext context) =>
        !context.IsRunMode ? s_privateNetworks : s_bridge.Value is null ? s_loopbackNetworks : s_containerNetworks;

    /// <summary>The host of a server's address, which an ingress knows it by.</summary>
    public static ReferenceExpression HostOf(IResourceWithEndpoints server) =>
        ReferenceExpression.Create($"{server.GetEndpoint(EndpointName).Property(EndpointProperty.Host)}");

    // Aspire chooses a port only when a server starts. A port outside the ephemeral range can be fixed now.
    private static void ReservePort(IResourceWithEndpoints server)
    {
        if (AnnotationOf(server.GetEndpoint(EndpointName)) is { Port: null, IsProxied: false } annotation)
        {
            string[] addresses = ["127.0.0.1", .. s_bridge.Value is { } bridge ? [bridge.ToString()] : Array.Empty<string>()];
            annotation.Port = annotation.TargetPort = LoopbackPort.FindFree(addresses, isStatic: true);
        }
    }

    private static EndpointAnnotation AnnotationOf(EndpointReference endpoint) =>
        endpoint.Resource.Annotations.OfType<EndpointAnnotation>().Single(annotation => annotation.Name == endpoint.EndpointName);

    private static IPAddress? FindBridge() =>
        NetworkInterface.GetAllNetworkInterfaces()
            .Where(network => network.Name == BridgeInterface)
            .SelectMany(network => network.GetIPProperties().UnicastAddresses)
            .FirstOrDefault(address => address.Address.AddressFamily == AddressFamily.InterNetwork)?.Address;

    /// <summary>
    /// The port on this machine, even if a container requests it. It is no reference from a container to a process, so Aspire creates no
    /// tunnel.
    /// </summary>
    private sealed class HostPort(EndpointReference endpoint) : IValueProvider, IManifestExpressionProvider
    {
        private readonly EndpointReferenceExpression _port = endpoint.Property(EndpointProperty.Port);

        public string ValueExpression => _port.ValueExpression;

        // A fixed port is known before the server runs, so there is no need to wait for it.
        public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) =>
            AnnotationOf(endpoint) is { IsProxied: false, Port: { } port } ? new(port.ToString(CultureInfo.InvariantCulture))
            : _port.GetValueAsync(new ValueProviderContext { Network = KnownNetworkIdentifiers.LocalhostNetwork }, cancellationToken);

        public ValueTask<string?> GetValueAsync(ValueProviderContext context, CancellationToken cancellationToken = default) =>
            GetValueAsync(cancellationToken);
    }
}
