using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace ScaleUp.AppHost;

/// <summary>
/// The PostgreSQL roles of the application servers, neither of them a superuser. One role owns the database and applies migrations; the
/// other serves requests and cannot change the schema. Only PostgreSQL's own container has the superuser's password.
/// </summary>
internal static class DatabaseRoles
{
    /// <summary>The role that owns the database and applies migrations.</summary>
    public const string Owner = "scaleup_owner";

    /// <summary>The role that serves requests.</summary>
    public const string Api = "scaleup_api";

    /// <summary>The environment variable of PostgreSQL's container with the password of <see cref="Owner"/>.</summary>
    public const string OwnerPasswordVariable = "POSTGRES_OWNER_PASSWORD";

    /// <summary>The environment variable of PostgreSQL's container with the password of <see cref="Api"/>.</summary>
    public const string ApiPasswordVariable = "POSTGRES_API_PASSWORD";

    private const string MigrationsVariable = "ConnectionStrings__migrations";

    private const string HealthCheck = "postgres_roles";

    /// <summary>
    /// A script that creates or updates the roles, on a new server or on one with data. It is idempotent. Run it with <c>psql</c> 15 or
    /// later as a superuser, with the passwords in the environment variables.
    /// </summary>
    public static string Sql { get; } = EmbeddedFile.Read("postgres-roles.sql").ReplaceLineEndings("\n");

    /// <summary>
    /// A <c>sh</c> script that starts PostgreSQL with the command in its arguments, and creates the roles once PostgreSQL accepts
    /// connections. It replaces <c>/docker-entrypoint-initdb.d</c>, which the image skips for a volume with data. PostgreSQL stays
    /// process 1 and becomes the parent of the background process. It would restart if that process failed, so the process retries.
    /// </summary>
    public static string StartScript { get; } = $"""
        (
        until pg_isready --quiet --host 127.0.0.1 --username "$POSTGRES_USER"; do sleep 0.2; done
        until PGPASSWORD="$POSTGRES_PASSWORD" PGOPTIONS="-c client_min_messages=warning" psql --quiet --no-psqlrc \
            --host 127.0.0.1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'END_OF_SQL'
        {Sql.TrimEnd()}
        END_OF_SQL
        do sleep 5; done
        ) >/dev/null &
        exec "$@"
        """.ReplaceLineEndings("\n");

    /// <summary>
    /// Creates the roles whenever the container starts, so that a volume from an earlier version gets them too. Call it after all other
    /// changes to the container's command.
    /// </summary>
    /// <param name="postgres">The server; <see cref="PostgresExtensions.WithDatabase"/> sets the database of the roles.</param>
    /// <param name="ownerPassword">The password of <see cref="Owner"/>.</param>
    /// <param name="apiPassword">The password of <see cref="Api"/>.</param>
    public static IResourceBuilder<PostgresServerResource> WithRoles(
        this IResourceBuilder<PostgresServerResource> postgres,
        IResourceBuilder<ParameterResource> ownerPassword,
        IResourceBuilder<ParameterResource> apiPassword)
    {
        string[] command = postgres.Resource.Entrypoint is { } entrypoint ? [entrypoint] : ["docker-entrypoint.sh", "postgres"];
        postgres.WithRolesOf(ownerPassword, apiPassword)
            .WithEnvironment(OwnerPasswordVariable, ownerPassword).WithEnvironment(ApiPasswordVariable, apiPassword)
            .WithEntrypoint("sh")
            .WithArgs(context =>
            {
                foreach (var (index, argument) in new[] { "-c", StartScript, "roles" }.Concat(command).Index())
                {
                    context.Args.Insert(index, argument);
                }
            });
        if (postgres.ApplicationBuilder.ExecutionContext.IsRunMode)
        {
            postgres.ApplicationBuilder.Services.AddHealthChecks()
                .AddAsyncCheck(HealthCheck, cancellationToken => CheckAsync(postgres.Resource, cancellationToken));
            postgres.WithHealthCheck(HealthCheck);
        }

        return postgres;
    }

    /// <summary>Creates the roles when the cluster is created and whenever a member becomes the primary.</summary>
    /// <param name="database">The database of the cluster.</param>
    /// <param name="ownerPassword">The password of <see cref="Owner"/>.</param>
    /// <param name="apiPassword">The password of <see cref="Api"/>.</param>
    public static IResourceBuilder<PostgresClusterDatabaseResource> WithRoles(
        this IResourceBuilder<PostgresClusterDatabaseResource> database,
        IResourceBuilder<ParameterResource> ownerPassword,
        IResourceBuilder<ParameterResource> apiPassword)
    {
        var builder = database.ApplicationBuilder;
        builder.CreateResourceBuilder(database.Resource.Parent)
            .WithEnvironment(OwnerPasswordVariable, ownerPassword)
            .WithEnvironment(ApiPasswordVariable, apiPassword);
        builder.Services.AddHealthChecks()
            .AddAsyncCheck(HealthCheck, cancellationToken => CheckAsync(database.Resource, cancellationToken));
        return database.WithInitScript(Sql).WithRolesOf(ownerPassword, apiPassword).WithHealthCheck(HealthCheck);
    }

    /// <summary>Sets the passwords with which servers connect to this database; does not create the roles.</summary>
    public static IResourceBuilder<T> WithRolesOf<T>(
        this IResourceBuilder<T> database,
        IResourceBuilder<ParameterResource> ownerPassword,
        IResourceBuilder<ParameterResource> apiPassword)
        where T : IResource =>
        database.WithAnnotation(new Passwords(ownerPassword.Resource, apiPassword.Resource));

    /// <summary>
    /// Sets a server's connection strings: <c>ConnectionStrings:scaleup</c> for requests and <c>ConnectionStrings:migrations</c>. For an
    /// external database, the AppHost's configuration provides both; without the second, migrations use the first.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithDatabase(
        this IResourceBuilder<ProjectResource> server, IResourceBuilder<IResourceWithConnectionString> database)
    {
        if (FindRoles(database.Resource) is { } roles)
        {
            // An expression, because the load balancers of a cluster are added later.
            return server
                .WithEnvironment(context =>
                {
                    context.EnvironmentVariables[$"ConnectionStrings__{database.Resource.Name}"] = ConnectionOf(Api, roles.Passwords.Api);
                    context.EnvironmentVariables[MigrationsVariable] = ConnectionOf(Owner, roles.Passwords.Owner);
                });

            ReferenceExpression ConnectionOf(string role, ParameterResource password) =>
                ReferenceExpression.Create($"{roles.Hosts()};Username={role};Password={password};Database={roles.DatabaseName}");
        }

        server.WithReference(database);
        var builder = server.ApplicationBuilder;
        if (builder.Configuration.GetConnectionString("migrations") is null)
        {
            return server;
        }

        var existing = builder.Resources.OfType<IResourceWithConnectionString>().SingleOrDefault(resource => resource.Name == "migrations");
        return server.WithReference(existing is null ? builder.AddConnectionString("migrations") : builder.CreateResourceBuilder(existing));
    }

    /// <summary>Sets the connection strings of each replica.</summary>
    public static IResourceBuilder<ReplicaGroupResource> WithDatabase(
        this IResourceBuilder<ReplicaGroupResource> replicas, IResourceBuilder<IResourceWithConnectionString> database) =>
        replicas.ForEachReplica<ProjectResource>(replica => replica.WithDatabase(database));

    private static (Passwords Passwords, Func<ReferenceExpression> Hosts, string DatabaseName)? FindRoles(IResource database) =>
        database switch
        {
            PostgresDatabaseResource { Parent: var postgres, DatabaseName: var name } when PasswordsOf(postgres) is { } passwords =>
                (passwords, () => HostOf(postgres.PrimaryEndpoint), name),
            PostgresClusterDatabaseResource { Parent: var cluster, DatabaseName: var name } when PasswordsOf(database) is { } passwords =>
                (passwords, () => cluster.HostsExpression, name),
            _ => null,
        };

    private static Passwords? PasswordsOf(IResource resource) => resource.Annotations.OfType<Passwords>().LastOrDefault();

    private static ReferenceExpression HostOf(EndpointReference endpoint) => ReferenceExpression.Create(
        $"Host={endpoint.Property(EndpointProperty.Host)};Port={endpoint.Property(EndpointProperty.Port)}");

    private static async Task<HealthCheckResult> CheckAsync(IResourceWithConnectionString postgres, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create((await postgres.ConnectionStringExpression.GetValueAsync(cancellationToken))!);
        await using var command = source.CreateCommand($"SELECT count(*) FROM pg_roles WHERE rolname IN ('{Owner}', '{Api}')");
        return await command.ExecuteScalarAsync(cancellationToken) is 2L ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy($"The roles {Owner} and {Api} do not exist yet.");
    }

    private sealed record Passwords(ParameterResource Owner, ParameterResource Api) : IResourceAnnotation;
}
