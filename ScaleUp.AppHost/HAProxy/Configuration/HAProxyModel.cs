namespace Aspire.Hosting.HAProxy;

/// <summary>The input from which <see cref="HAProxyConfiguration.Render"/> renders the configuration of a cluster.</summary>
/// <param name="Instances">The names of the load balancers, which are each other's peers. At least one.</param>
/// <param name="Frontends">The frontends, each with its backend. At least one.</param>
/// <param name="Settings">Timeouts, limits and other settings of the load balancers.</param>
public sealed record HAProxyModel(IReadOnlyList<string> Instances, IReadOnlyList<HAProxyFrontend> Frontends, HAProxySettings Settings)
{
    /// <summary>TLS settings of the public frontend; null disables TLS.</summary>
    public HAProxyTls? Tls { get; init; }

    /// <summary>Frontends for protocols other than HTTP.</summary>
    public IReadOnlyList<HAProxyTcpFrontend> TcpFrontends { get; init; } = [];
}

/// <summary>A frontend of the load balancers.</summary>
/// <param name="Name">The name of the frontend and of its endpoint on each load balancer.</param>
/// <param name="Port">The port inside the container.</param>
/// <param name="IsPublic">Whether visitors use this frontend, or only other tiers.</param>
/// <param name="Backend">The servers that receive its requests.</param>
public sealed record HAProxyFrontend(string Name, int Port, bool IsPublic, HAProxyBackend Backend)
{
    /// <summary>
    /// The name in the configuration, logs and statistics. Since 3.3, HAProxy requires it to differ from all backend names.
    /// </summary>
    public string ConfigurationName => Name + "-front";
}

/// <summary>The servers of one tier.</summary>
/// <param name="Name">The name in the configuration.</param>
/// <param name="Servers">The servers; empty if <see cref="DiscoveredServers"/> is set.</param>
public sealed record HAProxyBackend(string Name, IReadOnlyList<HAProxyServer> Servers)
{
    /// <summary>
    /// The number of servers to discover by DNS under one name, instead of <see cref="Servers"/>, where an orchestrator runs the
    /// replicas of one service; 0 for none.
    /// </summary>
    public int DiscoveredServers { get; init; }

    /// <summary>The name of the backend with the same servers for requests with large bodies.</summary>
    internal string LargeBodyName => Name + "-large";

    /// <summary>The name of the backend with the same servers without health checks (<see cref="HAProxySettings.FailOpen"/>).</summary>
    internal string FailOpenName => Name + HAProxyServer.FailOpenSuffix;

    /// <summary>The name of the backend with the same servers for event streams.</summary>
    internal string StreamsName => Name + "-streams";

    /// <summary>The environment variable with the <c>host:port</c> of the servers found by DNS.</summary>
    public string AddressVariable => HAProxyServer.VariableOf(Name);

    /// <summary>The environment variable with the host name for the <c>Host</c> header of requests to servers found by DNS.</summary>
    public string HostVariable => AddressVariable + "_HOST";
}

/// <summary>A server in a backend.</summary>
/// <param name="Name">The name in the configuration, in logs and in <c>X-Served-By</c>, for example <c>web-1</c>.</param>
public sealed record HAProxyServer(string Name)
{
    /// <summary>
    /// The server's name for requests when no server of its tier passes its health check, see <see cref="HAProxySettings.FailOpen"/>.
    /// </summary>
    public string FailOpenName => Name + FailOpenSuffix;

    internal const string FailOpenSuffix = "-fail-open";

    /// <summary>
    /// The environment variable with the server's <c>host:port</c>, for example <c>WEB_1</c>. Addresses are known only when the servers
    /// run, so the configuration does not contain them.
    /// </summary>
    public string AddressVariable { get; } = VariableOf(Name);

    /// <summary>Whether the server is started only on demand. Until then it is expected to be down.</summary>
    public bool IsStandby { get; init; }

    internal static string VariableOf(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));
}

/// <summary>TLS settings of the public frontend.</summary>
/// <param name="Port">The port inside the container.</param>
/// <param name="StrictTransport">
/// Whether to send HSTS, so that browsers use only HTTPS for a year. Don't use it with a development certificate, because it applies
/// to all of localhost.
/// </param>
public sealed record HAProxyTls(int Port, bool StrictTransport);
