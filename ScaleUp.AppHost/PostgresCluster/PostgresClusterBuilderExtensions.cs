using System.Globalization;
using Aspire.Hosting.HAProxy;
using Aspire.Hosting.PostgresCluster;
using Microsoft.Extensions.DependencyInjection;

namespace Aspire.Hosting;

/// <summary>Adds PostgreSQL clusters to an application.</summary>
public static class PostgresClusterBuilderExtensions
{
    private const string ImageFolder = "PostgresCluster/Image";

    // The user of the official image.
    private const int User = 999;

    /// <summary>
    /// Adds a cluster of PostgreSQL servers that tolerates the loss of a minority of them. Patroni elects a new primary, and a commit is
    /// acknowledged only when a standby has it.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="name">The cluster's name; the members are named <c>name-1</c>, <c>name-2</c> and so on.</param>
    /// <param name="members">The number of servers, 3 or 5.</param>
    /// <param name="password">The superuser's password; by default a generated parameter <c>name-password</c>.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="members"/> is neither 3 nor 5.</exception>
    /// <exception cref="DistributedApplicationException">The application is published, which is not supported.</exception>
    public static IResourceBuilder<PostgresClusterResource> AddPostgresCluster(
        this IDistributedApplicationBuilder builder,
        [ResourceName] string name,
        int members = 3,
        IResourceBuilder<ParameterResource>? password = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(name);
        if (members is not (3 or 5))
        {
            throw new ArgumentOutOfRangeException(
                nameof(members), members, "A cluster has 3 or 5 members: an even number tolerates no more failures than one member less.");
        }

        if (builder.ExecutionContext.IsPublishMode)
        {
            throw new DistributedApplicationException(
                $"The PostgreSQL cluster '{name}' cannot be published. Publish a single server (Postgres:Members=1), or use an existing "
                + "one (Postgres:External=true).");
        }

        var resource = new PostgresClusterResource(
            name, password?.Resource ?? AddSecret("password"), AddSecret("replication-password"), AddSecret("rest-password"));
        var cluster = builder.AddResource(resource)
            .AsGroup("PostgresCluster", "DatabaseMultiple")
            .WithWritesCheck(resource)
            .OnInitializeResource(PostgresClusterMonitor.StartAsync);
        for (var i = 1; i <= members; i++)
        {
            var member = new PostgresMemberResource($"{name}-{i}", resource);
            resource.Add(member);
            Configure(builder.AddResource(member).WithParentRelationship(cluster));
        }

        return cluster;

        ParameterResource AddSecret(string secret) =>
            builder.AddParameter($"{name}-{secret}", new GenerateParameterDefault { Special = false }, secret: true, persist: true).Resource;
    }

    /// <summary>Adds a database, which the cluster creates if it does not exist.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="name">The resource's name.</param>
    /// <param name="databaseName">The database's name in PostgreSQL; by default <paramref name="name"/>.</param>
    /// <exception cref="ArgumentException">The database's name contains other characters than letters, digits, '_' and '-'.</exception>
    public static IResourceBuilder<PostgresClusterDatabaseResource> AddDatabase(
        this IResourceBuilder<PostgresClusterResource> cluster, [ResourceName] string name, string? databaseName = null)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentException.ThrowIfNullOrEmpty(name);
        databaseName ??= name;
        if (databaseName.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-')))
        {
            throw new ArgumentException($"'{databaseName}' must contain letters, digits, '_' and '-' only.", nameof(databaseName));
        }

        var database = new PostgresClusterDatabaseResource(name, databaseName, cluster.Resource);
        cluster.Resource.Add(database);
        return cluster.ApplicationBuilder.AddResource(database)
            .AsGroup("PostgresClusterDatabase", "Database")
            .WithWritesCheck(cluster.Resource);
    }

    /// <summary>
    /// Runs SQL in the database, with <c>psql</c> as the superuser, when the cluster is created and whenever a member becomes the primary.
    /// </summary>
    /// <param name="database">The database.</param>
    /// <param name="sql">Commands for <c>psql</c>, which must be repeatable.</param>
    public static IResourceBuilder<PostgresClusterDatabaseResource> WithInitScript(
        this IResourceBuilder<PostgresClusterDatabaseResource> database, string sql)
    {
        ArgumentNullException.ThrowIfNull(database);
        ArgumentException.ThrowIfNullOrEmpty(sql);

        database.Resource.InitScript = sql;
        return database;
    }

    /// <summary>Sets an environment variable of all members.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="name">The variable's name.</param>
    /// <param name="parameter">The variable's value.</param>
    public static IResourceBuilder<PostgresClusterResource> WithEnvironment(
        this IResourceBuilder<PostgresClusterResource> cluster, string name, IResourceBuilder<ParameterResource> parameter)
    {
        ArgumentNullException.ThrowIfNull(cluster);

        return cluster.ForEachMember((_, member) => member.WithEnvironment(name, parameter));
    }

    /// <summary>Keeps the data of each member in a volume. Without volumes the data is lost with the containers.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="prefix">The prefix of the volumes' names: <c>prefix-1</c>, <c>prefix-2</c> and so on.</param>
    public static IResourceBuilder<PostgresClusterResource> WithDataVolume(
        this IResourceBuilder<PostgresClusterResource> cluster, string prefix)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentException.ThrowIfNullOrEmpty(prefix);

        return cluster.ForEachMember((i, member) => member.WithVolume($"{prefix}-{i}", PatroniConfiguration.DataFolder));
    }

    /// <summary>Uses an existing image instead of building <c>PostgresCluster/Image/Dockerfile</c>.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="image">An image that was built from that Dockerfile, with its tag, as in <c>docker pull</c>.</param>
    public static IResourceBuilder<PostgresClusterResource> WithImage(this IResourceBuilder<PostgresClusterResource> cluster, string image)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentException.ThrowIfNullOrEmpty(image);

        return cluster.ForEachMember((_, member) =>
        {
            foreach (var build in member.Resource.Annotations.OfType<DockerfileBuildAnnotation>().ToArray())
            {
                member.Resource.Annotations.Remove(build);
            }

            member.WithImage(image);
        });
    }

    /// <summary>Builds the members' image on another base image than the official one.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="image">The base image: <c>postgres</c>, or a compatible one that is based on Debian.</param>
    public static IResourceBuilder<PostgresClusterResource> WithBaseImage(
        this IResourceBuilder<PostgresClusterResource> cluster, string image)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentException.ThrowIfNullOrEmpty(image);

        return cluster.ForEachMember((_, member) => member.WithDockerfile(ImageFolder).WithBuildArg("POSTGRES_IMAGE", image));
    }

    /// <summary>Sets the endpoints of load balancers that forward to the primary. Without them, clients connect to the members.</summary>
    /// <param name="cluster">The cluster.</param>
    /// <param name="endpoints">One endpoint per load balancer; clients try them in this order.</param>
    public static IResourceBuilder<PostgresClusterResource> WithLoadBalancers(
        this IResourceBuilder<PostgresClusterResource> cluster, IReadOnlyList<EndpointReference> endpoints)
    {
        ArgumentNullException.ThrowIfNull(cluster);
        ArgumentNullException.ThrowIfNull(endpoints);

        cluster.Resource.LoadBalancers = endpoints;
        return cluster;
    }

    // Each resource has a check of its own: the dashboard shows a check that a child shares with its parent as pending.
    private static IResourceBuilder<T> WithWritesCheck<T>(this IResourceBuilder<T> builder, PostgresClusterResource cluster)
        where T : IResourceWithConnectionString
    {
        var name = $"{builder.Resource.Name}_writes";
        builder.ApplicationBuilder.Services.AddHealthChecks()
            .Add(new(name, _ => new PostgresClusterHealthCheck(cluster, builder.Resource), failureStatus: null, tags: null));
        return builder.WithHealthCheck(name);
    }

    private static IResourceBuilder<PostgresClusterResource> ForEachMember(
        this IResourceBuilder<PostgresClusterResource> cluster, Action<int, IResourceBuilder<PostgresMemberResource>> action)
    {
        foreach (var (i, member) in cluster.Resource.Members.Index())
        {
            action(i + 1, cluster.ApplicationBuilder.CreateResourceBuilder(member));
        }

        return cluster;
    }

    private static void Configure(IResourceBuilder<PostgresMemberResource> member)
    {
        var (resource, cluster) = (member.Resource, member.Resource.Cluster);
        var healthCheck = $"{resource.Name}_role";
        member.ApplicationBuilder.Services.AddHealthChecks()
            .Add(new(healthCheck, _ => new PostgresMemberHealthCheck(resource), failureStatus: null, tags: null));
        member
            .WithImage("postgres-cluster", "17")
            .WithDockerfile(ImageFolder)
            .WithIconName("Database")
            .WithHealthCheck(healthCheck)
            .WithStaticEndpoint(PostgresMemberResource.PostgresEndpointName, "tcp", PatroniConfiguration.PostgresPort)
            .WithStaticEndpoint(PostgresMemberResource.RestEndpointName, "http", PatroniConfiguration.RestPort)
            .WithUrlForEndpoint(PostgresMemberResource.RestEndpointName, url => { url.Url += "/cluster"; url.DisplayText = "Cluster"; })
            .WithEnvironment("PATRONI_NAME", resource.Name)
            .WithEnvironment("PATRONI_SCOPE", cluster.Name)
            .WithEnvironment("PATRONI_POSTGRESQL_CONNECT_ADDRESS", AddressOf(PatroniConfiguration.PostgresPort))
            .WithEnvironment("PATRONI_RESTAPI_CONNECT_ADDRESS", AddressOf(PatroniConfiguration.RestPort))
            .WithEnvironment("PATRONI_SUPERUSER_USERNAME", PostgresClusterResource.UserName)
            .WithEnvironment("PATRONI_SUPERUSER_PASSWORD", cluster.Password)
            .WithEnvironment("PATRONI_REPLICATION_USERNAME", "replicator")
            .WithEnvironment("PATRONI_REPLICATION_PASSWORD", cluster.ReplicationPassword)
            .WithEnvironment("PATRONI_RESTAPI_USERNAME", PostgresClusterControl.RestUser)
            .WithEnvironment("PATRONI_RESTAPI_PASSWORD", cluster.RestPassword)
            // A callback, because members and databases are added later.
            .WithEnvironment(context =>
            {
                context.EnvironmentVariables["CLUSTER_MEMBERS"] = string.Join(' ', cluster.Members.Select(other => other.Name));
                context.EnvironmentVariables["CLUSTER_DATABASES"] = string.Join(' ', cluster.Databases.Select(d => d.DatabaseName));
            })
            .WithContainerFiles(PatroniConfiguration.Folder, (_, _) => Task.FromResult<IEnumerable<ContainerFileSystemItem>>(
            [
                FileOf(PatroniConfiguration.FileName, PatroniConfiguration.Render(cluster.Name, resource.Name, cluster.Members.Count)),
                .. cluster.Databases.Where(d => d.InitScript is not null).Select(d => FileOf($"{d.DatabaseName}.sql", d.InitScript!)),
            ]))
            .WithContainerFiles(PatroniConfiguration.CertificateFolder, (_, _) => Task.FromResult<IEnumerable<ContainerFileSystemItem>>(
            [
                FileOf("ca.crt", cluster.Certificates.Authority),
                FileOf("member.crt", cluster.Certificates[resource.Name].Certificate),
                FileOf("member.key", cluster.Certificates[resource.Name].Key),
            ]))
            .WithContainerRuntimeArgs("--cap-drop=ALL", "--security-opt=no-new-privileges", "--stop-timeout=30");
        PostgresClusterCommands.Add(member);

        string AddressOf(int port) => string.Create(CultureInfo.InvariantCulture, $"{resource.Name}:{port}");
    }

    // Not behind Aspire's proxy, which would hold connections while the member is down. The port stays the same across restarts.
    private static IResourceBuilder<PostgresMemberResource> WithStaticEndpoint(
        this IResourceBuilder<PostgresMemberResource> member, string name, string scheme, int targetPort) =>
        member.WithEndpoint(name, endpoint =>
        {
            endpoint.TargetPort = targetPort;
            endpoint.UriScheme = scheme;
            endpoint.Port = LoopbackPort.FindFree(["127.0.0.1"], isStatic: true);
            endpoint.IsProxied = false;
        });

    // Readable by the user of the image only.
    private static ContainerFile FileOf(string name, string contents) =>
        new() { Name = name, Contents = contents, Owner = User, Group = User, Mode = UnixFileMode.UserRead };
}
