namespace Aspire.Hosting.HAProxy;

/// <summary>A frontend for a protocol other than HTTP, for example a database's. Connections go to a server that is up.</summary>
/// <param name="Name">The name of the frontend and of its endpoint on each load balancer.</param>
/// <param name="Port">The port inside the container.</param>
/// <param name="Servers">
/// The names of the servers, at least one. <see cref="HAProxyServer.VariableOf(string)"/> names the variables with their addresses.
/// </param>
/// <param name="Check">The health check of the servers.</param>
public sealed record HAProxyTcpFrontend(string Name, int Port, IReadOnlyList<string> Servers, HAProxyTcpCheck Check)
{
    /// <summary>Concurrent connections of each load balancer; more wait in the kernel. Default: 1,000.</summary>
    public int MaxConnections { get; init; } = 1000;

    /// <summary>The name in the configuration, which is unique there.</summary>
    public string ConfigurationName => Name + "-tcp";
}

/// <summary>A health check by HTTP for a server of another protocol: the server is up if it responds with status 200.</summary>
/// <param name="Port">The port of the check, 1 to 65535.</param>
/// <param name="Path">The path, for example <c>/primary</c>. The request's method is OPTIONS.</param>
public sealed record HAProxyTcpCheck(int Port, string Path);
