using Aspire.Hosting.PostgresCluster;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>
/// A cluster of PostgreSQL servers: the primary accepts writes and the standbys replicate it. Patroni elects the primary; etcd stores its
/// lease. In the dashboard the cluster is the parent of its members.
/// </summary>
/// <param name="name">The resource's name; the members are named <c>name-1</c>, <c>name-2</c> and so on.</param>
/// <param name="password">The password of the superuser <see cref="UserName"/>.</param>
/// <param name="replicationPassword">The password that standbys use for replication.</param>
/// <param name="restPassword">The password of Patroni's REST API, which requests that change the cluster require.</param>
public sealed class PostgresClusterResource(
    string name, ParameterResource password, ParameterResource replicationPassword, ParameterResource restPassword)
    : Resource(name), IResourceWithConnectionString
{
    /// <summary>The superuser's name.</summary>
    public const string UserName = "postgres";

    private readonly List<PostgresMemberResource> _members = [];
    private readonly List<PostgresClusterDatabaseResource> _databases = [];

    /// <summary>The PostgreSQL servers.</summary>
    public IReadOnlyList<PostgresMemberResource> Members => _members;

    /// <summary>The databases, which the cluster creates.</summary>
    public IReadOnlyList<PostgresClusterDatabaseResource> Databases => _databases;

    /// <summary>The password of the superuser.</summary>
    public ParameterResource Password { get; } = password;

    /// <summary>The password that standbys use for replication.</summary>
    public ParameterResource ReplicationPassword { get; } = replicationPassword;

    /// <summary>The password of Patroni's REST API.</summary>
    public ParameterResource RestPassword { get; } = restPassword;

    /// <summary>
    /// The part of a connection string that leads to the primary: the load balancers that forward to it, or without them all members, among
    /// which Npgsql finds the primary.
    /// </summary>
    public ReferenceExpression HostsExpression
    {
        get
        {
            var expression = new ReferenceExpressionBuilder();
            expression.AppendLiteral("Host=");
            foreach (var (i, endpoint) in ClientEndpoints.Index())
            {
                expression.AppendLiteral(i == 0 ? "" : ",");
                expression.Append($"{endpoint.Property(EndpointProperty.IPV4Host)}:{endpoint.Property(EndpointProperty.Port)}");
            }

            // By default Npgsql waits 10 s before it tries a failed host again.
            expression.AppendLiteral(";Host Recheck Seconds=1");
            if (LoadBalancers.Count == 0)
            {
                expression.AppendLiteral(";Target Session Attributes=primary");
            }

            return expression.Build();
        }
    }

    /// <summary>The connection string of the superuser.</summary>
    public ReferenceExpression ConnectionStringExpression =>
        ReferenceExpression.Create($"{HostsExpression};Username={UserName};Password={Password}");

    /// <summary>Endpoints that forward to the primary; empty if clients connect to the members.</summary>
    internal IReadOnlyList<EndpointReference> LoadBalancers { get; set; } = [];

    /// <summary>The certificates by which the etcd members trust each other, generated for each run.</summary>
    internal MemberCertificates Certificates
    {
        get
        {
            // Aspire creates the containers of the members in parallel.
            lock (_members)
            {
                return field ??= new(Members.Select(member => member.Name));
            }
        }
    }

    /// <summary>Monitors and controls the members at run time.</summary>
    internal PostgresClusterControl Control => field ??= new(this);

    private IReadOnlyList<EndpointReference> ClientEndpoints =>
        LoadBalancers.Count > 0 ? LoadBalancers : [.. Members.Select(member => member.PostgresEndpoint)];

    internal void Add(PostgresMemberResource member) => _members.Add(member);

    internal void Add(PostgresClusterDatabaseResource database) => _databases.Add(database);
}

/// <summary>A member of a cluster: a container with PostgreSQL, Patroni and etcd.</summary>
/// <param name="name">The resource's name, for example <c>postgres-1</c>, which is also its host name for the other members.</param>
/// <param name="cluster">The cluster.</param>
public sealed class PostgresMemberResource(string name, PostgresClusterResource cluster) : ContainerResource(name)
{
    internal const string PostgresEndpointName = "tcp";
    internal const string RestEndpointName = "patroni";

    /// <summary>The cluster.</summary>
    public PostgresClusterResource Cluster { get; } = cluster;

    /// <summary>The endpoint of PostgreSQL. A standby accepts reads only.</summary>
    public EndpointReference PostgresEndpoint => new(this, PostgresEndpointName);

    /// <summary>The endpoint of Patroni's REST API.</summary>
    public EndpointReference RestEndpoint => new(this, RestEndpointName);
}

/// <summary>A database of a cluster.</summary>
/// <param name="name">The resource's name.</param>
/// <param name="databaseName">The database's name in PostgreSQL.</param>
/// <param name="cluster">The cluster.</param>
public sealed class PostgresClusterDatabaseResource(string name, string databaseName, PostgresClusterResource cluster)
    : Resource(name), IResourceWithParent<PostgresClusterResource>, IResourceWithConnectionString
{
    /// <summary>The cluster.</summary>
    public PostgresClusterResource Parent { get; } = cluster;

    /// <summary>The database's name in PostgreSQL.</summary>
    public string DatabaseName { get; } = databaseName;

    /// <summary>The connection string of the superuser with this database.</summary>
    public ReferenceExpression ConnectionStringExpression => ReferenceExpression.Create($"{Parent};Database={DatabaseName}");

    /// <summary>SQL for this database; null for none.</summary>
    internal string? InitScript { get; set; }
}
