using ScaleUp.AppHost.Deployment;

namespace ScaleUp.AppHost;

/// <summary>The settings of the topology, one property per configuration section.</summary>
internal sealed record TopologyOptions(ReplicaOptions Web, ReplicaOptions Api, LoadBalancerOptions LoadBalancer, PostgresOptions Postgres);

/// <summary>The sections <c>Web</c> and <c>Api</c>.</summary>
/// <param name="Replicas">Servers that run from the start, 1 to 16.</param>
/// <param name="MaxReplicas">
/// Servers known to the load balancers, <paramref name="Replicas"/> to 16; those above <paramref name="Replicas"/> are on standby.
/// Default: one more than <paramref name="Replicas"/>.
/// </param>
internal sealed record ReplicaOptions(int Replicas, int MaxReplicas);

/// <summary>The section <c>LoadBalancer</c>, and <c>Images:HAProxy</c>.</summary>
internal sealed record LoadBalancerOptions
{
    /// <summary>The HAProxy image, as in <c>docker pull</c>.</summary>
    public required string Image { get; init; }

    /// <summary>Load balancers, 1 to 4.</summary>
    public required int Instances { get; init; }

    /// <summary>The port of the website; 0 selects a free one.</summary>
    public required int Port { get; init; }

    /// <summary>Whether the load balancers terminate TLS.</summary>
    public required bool Tls { get; init; }

    /// <summary>The port of the website with TLS; 0 selects a free one.</summary>
    public required int TlsPort { get; init; }

    /// <summary>A PEM file with certificate and private key; null selects the ASP.NET Core development certificate.</summary>
    public required string? Certificate { get; init; }

    /// <summary>Concurrent requests of one load balancer to one server, 1 to 10,000; more are queued.</summary>
    public required int RequestsPerServer { get; init; }

    /// <summary>Requests per client in 10 s, up to 1,000,000; 0 disables the limit.</summary>
    public required int RequestLimit { get; init; }

    /// <summary>Sign-in attempts per client in a minute, up to 1,000,000; 0 disables the limit.</summary>
    public required int SignInLimit { get; init; }

    /// <summary>Concurrent connections of one client to one load balancer, up to 1,000,000; 0 disables the limit.</summary>
    public required int ConnectionsPerClient { get; init; }

    /// <summary>The host names of the website; requests for others are refused. Empty allows any.</summary>
    public required IReadOnlyList<string> Hosts { get; init; }

    /// <summary>The address that keepalived moves between the load balancers of a Compose deployment; null for none.</summary>
    public required VirtualAddress? VirtualAddress { get; init; }
}

/// <summary>The section <c>Postgres</c>, and <c>Images:Postgres</c> and <c>Images:PostgresCluster</c>.</summary>
/// <param name="Image">The PostgreSQL image, as in <c>docker pull</c>.</param>
/// <param name="External">Whether to use the existing server at <c>ConnectionStrings:scaleup</c>.</param>
/// <param name="Volume">
/// The volume of the data, or for a cluster the prefix of its volumes' names; null keeps the data in the containers.
/// </param>
/// <param name="Members">The PostgreSQL servers: 1, or for a cluster 3 or 5.</param>
/// <param name="ClusterImage">
/// The image of a cluster's members; null builds it from <c>PostgresCluster/Image</c> and <paramref name="Image"/>.
/// </param>
internal sealed record PostgresOptions(string Image, bool External, string? Volume, int Members, string? ClusterImage);

/// <summary>The settings of the topology are invalid.</summary>
internal sealed class TopologyOptionsException(IReadOnlyList<string> errors) : Exception(
    $"""
    ScaleUp was not started, because of its settings:
      - {string.Join($"{Environment.NewLine}  - ", errors)}
    They are read from appsettings.json, environment variables (Api__Replicas=5) and the command line (--Api:Replicas=5).
    """)
{
    /// <summary>The message without a stack trace, which .NET would print when the AppHost ends.</summary>
    public override string ToString() => Message;
}
