using System.Globalization;
using Aspire.Hosting.HAProxy;

namespace ScaleUp.AppHost;

/// <summary>The database server: where its data are, and who may use them.</summary>
internal static class PostgresExtensions
{
    private const int Connections = 97;

    // Of an application server, if nothing is said.
    private const int UsualPool = 20;

    // In a container PostgreSQL is always process 1, so its own lock file does not keep a second container off the same volume. The engine's
    // kernel does: the lock is inherited by PostgreSQL and all its processes, and ends with the last of them, however they end.
    private const string LockAndStart = """
        mkdir -p "$PGDATA" && exec 9<"$PGDATA" && flock --nonblock 9 || { echo "FATAL: Volume '$0' is in use by another PostgreSQL server. Stop that server, or choose another volume (Postgres:Volume)." >&2; exit 1; }; exec docker-entrypoint.sh "$@"
        """;

    /// <summary>
    /// Keeps the data in a named volume, or, with none, only as long as the container lives. Call it after the image is chosen: the folder
    /// of the data depends on its version. A second PostgreSQL server on the same volume fails to start, before it has read anything.
    /// </summary>
    public static IResourceBuilder<PostgresServerResource> WithPersistentData(this IResourceBuilder<PostgresServerResource> postgres, string? volume) =>
        volume is null ? postgres : postgres.WithDataVolume(volume).WithEntrypoint("sh").WithArgs("-c", LockAndStart, volume, "postgres");

    /// <summary>
    /// Lets servers connect to PostgreSQL itself, at a port that it keeps when it is started again. Aspire's proxy would be one more
    /// process on the way of each query, and keeps connections waiting while PostgreSQL is away, which its clients should learn at once.
    /// </summary>
    public static IResourceBuilder<PostgresServerResource> WithoutProxy(this IResourceBuilder<PostgresServerResource> postgres) =>
        postgres.ApplicationBuilder.ExecutionContext.IsPublishMode ? postgres : postgres.WithEndpoint("tcp", endpoint =>
        {
            endpoint.Port = LoopbackPort.FindFree(["127.0.0.1"], lasting: true);
            endpoint.IsProxied = false;
        });

    /// <summary>Adds a database, which PostgreSQL's image creates when it initialises the data folder.</summary>
    public static IResourceBuilder<IResourceWithConnectionString> WithDatabase(this IResourceBuilder<PostgresServerResource> postgres, string name) =>
        // Aspire would try to create it at each start, and PostgreSQL log an error each time that it exists.
        postgres.WithEnvironment("POSTGRES_DB", name).AddDatabase(name).WithCreationScript("SELECT 1");

    /// <summary>
    /// Keeps all servers of the tier together, as many as there may be at once, below PostgreSQL's 100 connections, of which three are
    /// for those who look after it.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithDatabasePoolSize(this IResourceBuilder<ProjectResource> server, int servers) =>
        Connections / servers is var share && share >= UsualPool ? server
            : server.WithEnvironment("Database__PoolSize", share.ToString(CultureInfo.InvariantCulture));
}
