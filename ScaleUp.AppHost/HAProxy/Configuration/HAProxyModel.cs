namespace Aspire.Hosting.HAProxy;

/// <summary>All that the configuration of a cluster is made from, see <see cref="HAProxyConfiguration.Render"/>.</summary>
/// <param name="Instances">The names of the load balancers, which know each other as peers. At least one.</param>
/// <param name="Frontends">The ways in, each with the servers behind it. At least one.</param>
/// <param name="Settings">How the load balancers work.</param>
public sealed record HAProxyModel(IReadOnlyList<string> Instances, IReadOnlyList<HAProxyFrontend> Frontends, HAProxySettings Settings)
{
    /// <summary>Encryption of the public frontend; null for none.</summary>
    public HAProxyTls? Tls { get; init; }
}

/// <summary>A way into the load balancers.</summary>
/// <param name="Name">Its name, and that of the endpoint on each load balancer.</param>
/// <param name="Port">The port inside the container.</param>
/// <param name="IsPublic">Whether visitors come in here, or only other tiers.</param>
/// <param name="Backend">The servers behind it.</param>
public sealed record HAProxyFrontend(string Name, int Port, bool IsPublic, HAProxyBackend Backend)
{
    /// <summary>Its name in the configuration, in logs and in statistics: since 3.3, HAProxy wants it to be none of a backend.</summary>
    public string ConfigurationName => Name + "-front";
}

/// <summary>The servers of one tier.</summary>
/// <param name="Name">Its name in the configuration.</param>
/// <param name="Servers">At least one.</param>
public sealed record HAProxyBackend(string Name, IReadOnlyList<HAProxyServer> Servers)
{
    /// <summary>
    /// How many servers are to be found by DNS under one name, instead of <see cref="Servers"/>, where an orchestrator runs
    /// the replicas of one service; 0 for none.
    /// </summary>
    public int DiscoveredServers { get; init; }

    /// <summary>The same servers in the configuration, for requests of visitors with large bodies.</summary>
    internal string LargeName => Name + "-large";

    /// <summary>The same servers in the configuration, for when none passes its check, see <see cref="HAProxySettings.FailOpen"/>.</summary>
    internal string FailOpenName => Name + HAProxyServer.FailOpenSuffix;

    /// <summary>The same servers in the configuration, for responses that go on for minutes.</summary>
    internal string StreamsName => Name + "-streams";

    /// <summary>The environment variable with the <c>host:port</c> of the servers that are found by DNS.</summary>
    public string AddressVariable => HAProxyServer.VariableOf(Name);

    /// <summary>The environment variable with the host alone, which requests to servers that are found by DNS are for.</summary>
    public string HostVariable => AddressVariable + "_HOST";
}

/// <summary>A server that requests are sent to.</summary>
/// <param name="Name">Its name in the configuration, in logs and in <c>X-Served-By</c>, for example <c>web-1</c>.</param>
public sealed record HAProxyServer(string Name)
{
    /// <summary>The name under which it gets requests when no server of its tier passes its check, see <see cref="HAProxySettings.FailOpen"/>.</summary>
    public string FailOpenName => Name + FailOpenSuffix;

    internal const string FailOpenSuffix = "-fail-open";

    /// <summary>
    /// The environment variable with the server's <c>host:port</c>, for example <c>WEB_1</c>. Addresses are known only
    /// once the servers run; the text of the configuration does not depend on them.
    /// </summary>
    public string AddressVariable { get; } = VariableOf(Name);

    /// <summary>Whether it is started only when it is needed. Until then it is down, and nothing is wrong with that.</summary>
    public bool IsStandby { get; init; }

    internal static string VariableOf(string name) =>
        string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) ? char.ToUpperInvariant(c) : '_'));
}

/// <summary>Encryption of the public frontend.</summary>
/// <param name="Port">The port inside the container.</param>
/// <param name="StrictTransport">Whether browsers are told to use nothing else for a year (HSTS). Not for a development certificate: it holds for all of localhost.</param>
public sealed record HAProxyTls(int Port, bool StrictTransport);
