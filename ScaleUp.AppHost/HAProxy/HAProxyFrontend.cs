namespace Aspire.Hosting.HAProxy;

/// <summary>A way into the load balancers.</summary>
/// <param name="Name">Its name in the configuration, and that of the endpoint on each load balancer.</param>
/// <param name="Port">The port inside the container.</param>
/// <param name="IsPublic">Whether visitors come in here, or only other tiers.</param>
/// <param name="Backend">The servers behind it.</param>
public sealed record HAProxyFrontend(string Name, int Port, bool IsPublic, HAProxyBackend Backend);

/// <summary>The servers of one tier.</summary>
/// <param name="Name">Its name in the configuration.</param>
/// <param name="Servers">At least one.</param>
public sealed record HAProxyBackend(string Name, IReadOnlyList<HAProxyServer> Servers);

/// <summary>A server that requests are sent to.</summary>
/// <param name="Name">Its name in the configuration, in logs and in <c>X-Served-By</c>, for example <c>web-1</c>.</param>
public sealed record HAProxyServer(string Name)
{
    /// <summary>
    /// The environment variable with the server's <c>host:port</c>, for example <c>WEB_1</c>. Addresses are known only
    /// once the servers run; the text of the configuration does not depend on them.
    /// </summary>
    public string AddressVariable { get; } = string.Concat(Name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));
}

/// <summary>An internal frontend of a cluster, to be referred to by the tier that calls it.</summary>
/// <param name="Cluster">The load balancers.</param>
/// <param name="Name">The name under which service discovery finds it: <c>http://name</c>.</param>
public sealed record HAProxyInternalFrontend(HAProxyClusterResource Cluster, string Name);
