using System.Globalization;
using Aspire.Hosting.HAProxy;

namespace ScaleUp.AppHost;

/// <summary>The PostgreSQL servers and their connections.</summary>
internal static class PostgresExtensions
{
    // PostgreSQL's default of 100, without the 3 that it reserves for superusers.
    private const int MaxConnections = 97;

    // DatabaseOptions.PoolSize of the application servers.
    private const int DefaultPoolSize = 20;

    // PostgreSQL is process 1 in every container, so its own lock file does not keep a second container off the volume. PostgreSQL's
    // processes inherit this file lock, and the kernel releases it when the last of them ends.
    private const string LockAndStart = """
        mkdir -p "$PGDATA" && exec 9<"$PGDATA" && flock --nonblock 9 || { echo "FATAL: Volume '$0' is in use by another PostgreSQL server. Stop that server, or choose another volume (Postgres:Volume)." >&2; exit 1; }; exec docker-entrypoint.sh "$@"
        """;

    /// <summary>
    /// Adds the database: a PostgreSQL server or cluster in containers, or with <c>Postgres:External</c> an existing server, whose
    /// connection string is <c>ConnectionStrings:scaleup</c>.
    /// </summary>
    public static IResourceBuilder<IResourceWithConnectionString> AddDatabase(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, PostgresOptions options) => options switch
        {
            { External: true } => builder.AddConnectionString(name),
            { Members: 1 } => builder.AddDatabaseServer(name, options),
            _ => builder.AddDatabaseCluster(name, options),
        };

    private static IResourceBuilder<IResourceWithConnectionString> AddDatabaseServer(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, PostgresOptions options) =>
        builder.AddPostgres("postgres", password: builder.AddSecret("postgres-password"))
            // Use the image name as given; add no default registry.
            .WithImageRegistry(null)
            .WithImage(options.Image)
            .WithoutProxy()
            .WithoutCertificate()
            .WithPersistentData(options.Volume)
            .WithRoles(builder.AddSecret("postgres-owner-password"), builder.AddSecret("postgres-api-password"))
            .WithDatabase(name);

    private static IResourceBuilder<PostgresClusterDatabaseResource> AddDatabaseCluster(
        this IDistributedApplicationBuilder builder, [ResourceName] string name, PostgresOptions options)
    {
        var cluster = builder.AddPostgresCluster("postgres", options.Members, builder.AddSecret("postgres-password"));
        _ = options.ClusterImage is { } image ? cluster.WithImage(image) : cluster.WithBaseImage(options.Image);
        if (options.Volume is { } prefix)
        {
            cluster.WithDataVolume(prefix);
        }

        return cluster.AddDatabase(name)
            .WithRoles(builder.AddSecret("postgres-owner-password"), builder.AddSecret("postgres-api-password"));
    }

    /// <summary>
    /// Limits the connection pool of each replica, so that <see cref="ReplicaOptions.MaxReplicas"/> servers, and one more during a rolling
    /// update, stay below PostgreSQL's connection limit.
    /// </summary>
    public static IResourceBuilder<ReplicaGroupResource> WithDatabasePoolSize(
        this IResourceBuilder<ReplicaGroupResource> replicas, ReplicaOptions options)
    {
        var size = MaxConnections / Math.Max(options.MaxReplicas, options.Replicas + 1);
        return size >= DefaultPoolSize
            ? replicas
            : replicas.WithEnvironment("Database__PoolSize", size.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>
    /// Keeps the data in a named volume, or without a name in the container. Call it after the image is set: the folder of the data depends
    /// on its version. A second PostgreSQL server on the same volume fails to start.
    /// </summary>
    public static IResourceBuilder<PostgresServerResource> WithPersistentData(
        this IResourceBuilder<PostgresServerResource> postgres, string? volume) =>
        volume is null
            ? postgres
            : postgres.WithDataVolume(volume).WithEntrypoint("sh").WithArgs("-c", LockAndStart, volume, "postgres");

    /// <summary>
    /// Publishes PostgreSQL's own port, which stays the same across restarts. Aspire's proxy would be an extra hop for each query, and
    /// would hold connections while PostgreSQL is down instead of refusing them.
    /// </summary>
    public static IResourceBuilder<PostgresServerResource> WithoutProxy(this IResourceBuilder<PostgresServerResource> postgres) =>
        postgres.ApplicationBuilder.ExecutionContext.IsPublishMode ? postgres : postgres.WithEndpoint("tcp", endpoint =>
        {
            endpoint.Port = LoopbackPort.FindFree(["127.0.0.1"], isStatic: true);
            endpoint.IsProxied = false;
        });

    /// <summary>Adds a database, which PostgreSQL's image creates when it initialises the data folder.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> WithDatabase(
        this IResourceBuilder<PostgresServerResource> postgres, string name) =>
        // Without a script, Aspire tries to create the database at each start, and PostgreSQL logs an error if it exists.
        postgres.WithEnvironment("POSTGRES_DB", name).AddDatabase(name).WithCreationScript("SELECT 1");
}
