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
    private readonly Dictionary<string, ReferenceExpression> _serverAddresses = [];

    /// <summary>The load balancers.</summary>
    public IReadOnlyList<HAProxyResource> Instances => _instances;

    /// <summary>The ways in, each with the servers behind it.</summary>
    public IReadOnlyList<HAProxyFrontend> Frontends => _frontends;

    /// <summary>The environment variables with the servers' addresses, see <see cref="HAProxyServer.AddressVariable"/>.</summary>
    internal IReadOnlyDictionary<string, ReferenceExpression> ServerAddresses => _serverAddresses;

    internal void Add(HAProxyResource instance) => _instances.Add(instance);

    /// <summary>Adds a frontend that leads to the servers of a tier, by their endpoint <c>http</c>.</summary>
    internal HAProxyFrontend AddFrontend(IDistributedApplicationBuilder builder, string frontendName, int port, bool isPublic, ReplicaSetResource tier)
    {
        if (_frontends.Any(f => f.Name == frontendName || f.Backend.Name == tier.Name))
        {
            throw new DistributedApplicationException(
                $"The load balancers '{Name}' already have a frontend '{frontendName}' or one that leads to '{tier.Name}'. Each name and each tier can have one.");
        }

        var servers = tier.Replicas.Select(replica => new HAProxyServer(replica.Name)).ToArray();
        foreach (var (server, replica) in servers.Zip(tier.Replicas))
        {
            _serverAddresses.Add(server.AddressVariable, ServerRoute.Open(builder, replica));
        }

        var frontend = new HAProxyFrontend(frontendName, port, isPublic, new HAProxyBackend(tier.Name, servers));
        _frontends.Add(frontend);
        return frontend;
    }
}
