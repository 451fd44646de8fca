using System.Security.Cryptography;
using Aspire.Hosting.HAProxy;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// Several HAProxy load balancers with the same configuration, each able to do the work of all. In the dashboard it is
/// the parent of its instances.
/// </summary>
/// <param name="name">The resource's name; instances are called <c>name-1</c>, <c>name-2</c> and so on.</param>
public sealed class HAProxyClusterResource(string name) : Resource(name)
{
    private readonly List<HAProxyResource> _instances = [];
    private readonly List<HAProxyFrontend> _frontends = [];
    private readonly List<IResourceWithEndpoints> _servers = [];
    private readonly Dictionary<string, ReferenceExpression> _serverAddresses = [];
    private readonly Dictionary<string, ReferenceExpression> _serverHosts = [];

    /// <summary>The load balancers.</summary>
    public IReadOnlyList<HAProxyResource> Instances => _instances;

    /// <summary>The ways in, each with the servers behind it.</summary>
    public IReadOnlyList<HAProxyFrontend> Frontends => _frontends;

    /// <summary>How the load balancers work.</summary>
    public HAProxySettings Settings { get; } = new();

    /// <summary>Encryption of the public frontend; null for none.</summary>
    public HAProxyTls? Tls { get; internal set; }

    /// <summary>The image that the load balancers are made from, as in <c>docker pull</c>.</summary>
    internal string Image { get; set; } = $"{HAProxyContainerImageTags.Image}:{HAProxyContainerImageTags.Tag}";

    /// <summary>The certificate with its private key, as PEM; null without <see cref="Tls"/>.</summary>
    internal string? Certificate { get; set; }

    /// <summary>What opens the Runtime API of the load balancers, in this run.</summary>
    internal string RuntimeKey { get; } = RandomNumberGenerator.GetHexString(64);

    /// <summary>All that the configuration is made from.</summary>
    public HAProxyModel Model => new([.. Instances.Select(instance => instance.Name)], Frontends, Settings) { Tls = Tls };

    /// <summary>The environment variables with the servers' addresses, see <see cref="HAProxyServer.AddressVariable"/>.</summary>
    internal IReadOnlyDictionary<string, ReferenceExpression> ServerAddresses => _serverAddresses;

    /// <summary>The environment variables with the hosts of servers that are found by DNS, see <see cref="HAProxyBackend.HostVariable"/>.</summary>
    internal IReadOnlyDictionary<string, ReferenceExpression> ServerHosts => _serverHosts;

    /// <summary>What knows and commands the load balancers while they run.</summary>
    internal HAProxyManager Control => field ??= new(this);

    /// <summary>The servers of all tiers, also those on standby.</summary>
    internal IReadOnlyList<IResourceWithEndpoints> Servers => _servers;

    internal void Add(HAProxyResource instance) => _instances.Add(instance);

    /// <summary>Adds a frontend that leads to the servers of a tier, by their endpoint <c>http</c>.</summary>
    internal void AddFrontend(IDistributedApplicationBuilder builder, string frontendName, int port, bool isPublic, ReplicaGroupResource tier)
    {
        if (_frontends.Any(f => f.Name == frontendName || f.Backend.Name == tier.Name))
        {
            throw new DistributedApplicationException(
                $"The load balancers '{Name}' already have a frontend '{frontendName}' or one that leads to '{tier.Name}'. Each name and each tier can have one.");
        }

        if (!isPublic && HAProxyResource.OwnEndpointNames.Contains(tier.Name, StringComparer.OrdinalIgnoreCase))
        {
            throw new DistributedApplicationException(
                $"A tier cannot be called '{tier.Name}' behind an internal frontend: the load balancers have an endpoint of that name themselves.");
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
            HAProxyCommands.AddToServer(builder.CreateResourceBuilder(replica), Control);
            _serverAddresses.Add(server.AddressVariable, UpstreamAddressResolver.Resolve(builder, replica, server.IsStandby));
        }

        _frontends.Add(new HAProxyFrontend(frontendName, port, isPublic, new HAProxyBackend(tier.Name, servers)));
    }
}
