using System.Security.Cryptography;
using Aspire.Hosting.HAProxy;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// A cluster of HAProxy load balancers with the same configuration, each of which can carry the full load. In the dashboard it is the
/// parent of its instances.
/// </summary>
/// <param name="name">The resource's name; the instances are named <c>name-1</c>, <c>name-2</c> and so on.</param>
public sealed class HAProxyClusterResource(string name) : Resource(name)
{
    /// <summary>The image of the load balancers, unless <c>WithImage</c> sets another one.</summary>
    public const string DefaultImage = $"{HAProxyContainerImageTags.Image}:{HAProxyContainerImageTags.Tag}";

    private readonly List<HAProxyResource> _instances = [];
    private readonly List<HAProxyFrontend> _frontends = [];
    private readonly List<HAProxyTcpFrontend> _tcpFrontends = [];
    private readonly List<IResourceWithEndpoints> _servers = [];
    private readonly Dictionary<string, ReferenceExpression> _serverAddresses = [];
    private readonly Dictionary<string, ReferenceExpression> _serverHosts = [];

    /// <summary>The load balancers.</summary>
    public IReadOnlyList<HAProxyResource> Instances => _instances;

    /// <summary>The frontends, each with its backend.</summary>
    public IReadOnlyList<HAProxyFrontend> Frontends => _frontends;

    /// <summary>The frontends for protocols other than HTTP.</summary>
    public IReadOnlyList<HAProxyTcpFrontend> TcpFrontends => _tcpFrontends;

    /// <summary>Timeouts, limits and other settings of the load balancers.</summary>
    public HAProxySettings Settings { get; } = new();

    /// <summary>TLS settings of the public frontend; null without TLS.</summary>
    public HAProxyTls? Tls { get; internal set; }

    /// <summary>The image that the load balancers are made from, as in <c>docker pull</c>.</summary>
    public string Image { get; internal set; } = DefaultImage;

    /// <summary>The text of the public frontend's link in the dashboard.</summary>
    internal string PublicDisplayText { get; set; } = "";

    /// <summary>The text of the public frontend's link for a URI scheme.</summary>
    internal string DisplayTextOf(string scheme) =>
        scheme == Uri.UriSchemeHttp ? PublicDisplayText : scheme == Uri.UriSchemeHttps ? $"{PublicDisplayText} (HTTPS)" : "HTTP/3";

    /// <summary>The certificate with its private key, as PEM; null without <see cref="Tls"/>.</summary>
    internal string? Certificate { get; set; }

    /// <summary>The key of the load balancers' Runtime API, generated for each run.</summary>
    internal string RuntimeKey { get; } = RandomNumberGenerator.GetHexString(64);

    /// <summary>The input from which the configuration is rendered.</summary>
    public HAProxyModel Model => new([.. Instances.Select(instance => instance.Name)], Frontends, Settings)
    {
        Tls = Tls,
        TcpFrontends = TcpFrontends,
    };

    /// <summary>The environment variables with the servers' addresses, see <see cref="HAProxyServer.AddressVariable"/>.</summary>
    internal IReadOnlyDictionary<string, ReferenceExpression> ServerAddresses => _serverAddresses;

    /// <summary>The environment variables with the hosts of servers found by DNS, see <see cref="HAProxyBackend.HostVariable"/>.</summary>
    internal IReadOnlyDictionary<string, ReferenceExpression> ServerHosts => _serverHosts;

    /// <summary>Monitors and controls the load balancers at run time.</summary>
    internal HAProxyManager Manager => field ??= new(this);

    /// <summary>The servers of all tiers, including standby servers.</summary>
    internal IReadOnlyList<IResourceWithEndpoints> Servers => _servers;

    /// <summary>The names of the servers of all tiers, standby servers included.</summary>
    public IReadOnlyList<string> ServerNames => [.. _servers.Select(server => server.Name)];

    /// <summary>Whether a server is drained: it gets no new requests.</summary>
    /// <param name="server">One of <see cref="ServerNames"/>.</param>
    public bool IsDrained(string server) => Manager.IsDrained(server);

    /// <summary>Stops sending new requests to a server, in run mode.</summary>
    /// <param name="server">One of <see cref="ServerNames"/>.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    /// <returns>The result as a message for the user.</returns>
    /// <exception cref="RuntimeApiException">
    /// The server is the only available one of its tier, or no load balancer could be updated; the server is not drained.
    /// </exception>
    public Task<string> DrainAsync(string server, CancellationToken cancellationToken) => Manager.DrainAsync(server, cancellationToken);

    /// <summary>Returns a drained server to service, in run mode.</summary>
    /// <param name="server">One of <see cref="ServerNames"/>.</param>
    /// <param name="cancellationToken">Cancels the command.</param>
    /// <returns>The result as a message for the user.</returns>
    /// <exception cref="RuntimeApiException">No load balancer could be updated.</exception>
    public Task<string> ReturnToServiceAsync(string server, CancellationToken cancellationToken) =>
        Manager.ReturnAsync(server, cancellationToken);

    internal void Add(HAProxyResource instance) => _instances.Add(instance);

    /// <summary>Adds a TCP frontend, with the address of each of its servers.</summary>
    internal void AddTcpFrontend(HAProxyTcpFrontend frontend, IEnumerable<(string Variable, ReferenceExpression Address)> addresses)
    {
        ThrowIfInUse(frontend.Name, backendName: frontend.Name);
        ThrowIfReserved(frontend.Name);
        _tcpFrontends.Add(frontend);
        foreach (var (variable, address) in addresses)
        {
            _serverAddresses.Add(variable, address);
        }
    }

    /// <summary>Adds a frontend that forwards requests to the endpoint <c>http</c> of a tier's servers.</summary>
    internal void AddFrontend(
        IDistributedApplicationBuilder builder, string frontendName, int port, bool isPublic, ReplicaGroupResource tier)
    {
        ThrowIfInUse(frontendName, backendName: tier.Name);
        if (!isPublic)
        {
            ThrowIfReserved(frontendName);
        }

        if (tier.PublishedReplicas > 0)
        {
            var discovered = new HAProxyBackend(tier.Name, []) { DiscoveredServers = tier.PublishedReplicas };
            _serverAddresses.Add(discovered.AddressVariable, UpstreamAddressResolver.Resolve(builder, tier.Replicas[0], isStandby: false));
            _serverHosts.Add(discovered.HostVariable, UpstreamAddressResolver.HostOf(tier.Replicas[0]));
            _frontends.Add(new HAProxyFrontend(frontendName, port, isPublic, discovered));
            return;
        }

        var servers = new List<HAProxyServer>();
        foreach (var replica in tier.Replicas.Concat(tier.Standby))
        {
            var server = new HAProxyServer(replica.Name) { IsStandby = tier.Standby.Contains(replica) };
            servers.Add(server);
            _servers.Add(replica);
            HAProxyCommands.AddToServer(builder.CreateResourceBuilder(replica), Manager);
            _serverAddresses.Add(server.AddressVariable, UpstreamAddressResolver.Resolve(builder, replica, server.IsStandby));
        }

        _frontends.Add(new HAProxyFrontend(frontendName, port, isPublic, new HAProxyBackend(tier.Name, servers)));
    }

    private void ThrowIfInUse(string frontendName, string backendName)
    {
        if (_frontends.Any(f => f.Name == frontendName || f.Backend.Name == backendName) || _tcpFrontends.Any(f => f.Name == frontendName))
        {
            throw new DistributedApplicationException(
                $"Cluster '{Name}' already has a frontend '{frontendName}' or a frontend for tier '{backendName}'. Frontend names must be " +
                "unique, and a tier can have only one frontend.");
        }
    }

    private static void ThrowIfReserved(string frontendName)
    {
        if (HAProxyResource.OwnEndpointNames.Contains(frontendName, StringComparer.OrdinalIgnoreCase))
        {
            throw new DistributedApplicationException(
                $"An internal frontend cannot be called '{frontendName}': the load balancers have an endpoint of that name.");
        }
    }
}
