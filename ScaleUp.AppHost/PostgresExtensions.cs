using System.Globalization;
using Aspire.Hosting.HAProxy;

namespace ScaleUp.AppHost;

/// <summary>Extension methods that configure the PostgreSQL server: its data volume, endpoint, database and connection limits.</summary>
internal static class PostgresExtensions
{
    // PostgreSQL's default of 100, of which 3 are reserved for superusers.
    private const int MaxConnections = 97;

    // The default pool size of an application server.
    private const int DefaultPoolSize = 20;

    // PostgreSQL's own lock file does not protect a volume from a second container, because PostgreSQL is process 1 in every container. All
    // PostgreSQL processes inherit this kernel lock, and the kernel releases it when the last of them ends.
    private const string LockAndStart = """
        mkdir -p "$PGDATA" && exec 9<"$PGDATA" && flock --nonblock 9 || { echo "FATAL: Volume '$0' is in use by another PostgreSQL server. Stop that server, or choose another volume (Postgres:Volume)." >&2; exit 1; }; exec docker-entrypoint.sh "$@"
        """;

    /// <summary>
    /// Stores the data in a named volume; null keeps them only as long as the container exists. Call it after the image is set, because the
    /// data folder depends on its version. A second PostgreSQL server on the same volume fails to start before it reads any data.
    /// </summary>
    public static IResourceBuilder<PostgresServerResource> WithPersistentData(
        this IResourceBuilder<PostgresServerResource> postgres, string? volume) =>
        volume is null
            ? postgres
            : postgres.WithDataVolume(volume).WithEntrypoint("sh").WithArgs("-c", LockAndStart, volume, "postgres");

    /// <summary>
    /// Lets servers connect to PostgreSQL directly, at a port that stays the same after a restart. Aspire's proxy would add a hop to every
    /// query, and keeps connections waiting while PostgreSQL is down instead of refusing them immediately.
    /// </summary>
    public static IResourceBuilder<PostgresServerResource> WithoutProxy(this IResourceBuilder<PostgresServerResource> postgres) =>
        postgres.ApplicationBuilder.ExecutionContext.IsPublishMode ? postgres : postgres.WithEndpoint("tcp", endpoint =>
        {
            endpoint.Port = LoopbackPort.FindFree(["127.0.0.1"], isStatic: true);
            endpoint.IsProxied = false;
        });

    /// <summary>Adds a database, which the PostgreSQL image creates when it initializes the data folder.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> WithDatabase(
        this IResourceBuilder<PostgresServerResource> postgres, string name) =>
        // Aspire would try to create the database at each start, and PostgreSQL would log an error if it exists.
        postgres.WithEnvironment("POSTGRES_DB", name).AddDatabase(name).WithCreationScript("SELECT 1");

    /// <summary>
    /// Limits the connection pool of each server, so that all servers of the tier together stay below PostgreSQL's limit of 100
    /// connections, three of which are reserved for superusers.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithDatabasePoolSize(this IResourceBuilder<ProjectResource> server, int servers) =>
        MaxConnections / servers is var poolSize && poolSize >= DefaultPoolSize
            ? server
            : server.WithEnvironment("Database__PoolSize", poolSize.ToString(CultureInfo.InvariantCulture));
}
