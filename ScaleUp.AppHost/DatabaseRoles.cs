using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace ScaleUp.AppHost;

/// <summary>
/// The roles by which application servers connect to PostgreSQL, none of them a superuser: the owner of the database applies migrations,
/// and requests are served without the right to change the schema. Only PostgreSQL's own container has the superuser's password.
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
    /// Creates the roles, or updates them, by <c>psql</c> from 15 on as a superuser: on a new server, and on one that has data already. It
    /// can be run again at any time, on any server, with the passwords in the environment variables.
    /// </summary>
    public static string Sql { get; } = EmbeddedFile.Read("postgres-roles.sql").ReplaceLineEndings("\n");

    /// <summary>
    /// A script of <c>sh</c> that starts a PostgreSQL container by the command in its arguments, and creates the roles once it accepts
    /// connections. The image's own scripts of <c>/docker-entrypoint-initdb.d</c> do nothing for a volume that has data. PostgreSQL stays
    /// process 1. It becomes the parent of this script's background process too, and would restart if that failed, so that tries again.
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
    /// Has the container create the roles, at each start, so that a volume from before there were roles gets them too. Call it after
    /// everything else that changes the container's command.
    /// </summary>
    /// <param name="postgres">The server; <see cref="PostgresExtensions.WithDatabase"/> names the database that the roles are for.</param>
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

    /// <summary>Tells the passwords of the roles to servers that are given this database; who creates the roles is left open.</summary>
    public static IResourceBuilder<T> WithRolesOf<T>(
        this IResourceBuilder<T> database, IResourceBuilder<ParameterResource> ownerPassword, IResourceBuilder<ParameterResource> apiPassword)
        where T : IResource =>
        database.WithAnnotation(new Passwords(ownerPassword.Resource, apiPassword.Resource));

    /// <summary>
    /// Gives a server the database: <c>ConnectionStrings:scaleup</c> for requests, and <c>ConnectionStrings:migrations</c>. A database
    /// without roles of ours has a connection string of its owner's, and another one for migrations if they have set it.
    /// </summary>
    public static IResourceBuilder<ProjectResource> WithDatabase(
        this IResourceBuilder<ProjectResource> server, IResourceBuilder<IResourceWithConnectionString> database)
    {
        if (database.Resource is PostgresDatabaseResource { Parent: var postgres } made
            && postgres.Annotations.OfType<Passwords>().LastOrDefault() is { } passwords)
        {
            var (host, port) = (postgres.PrimaryEndpoint.Property(EndpointProperty.Host), postgres.PrimaryEndpoint.Property(EndpointProperty.Port));
            return server
                .WithEnvironment($"ConnectionStrings__{made.Name}", ConnectionOf(Api, passwords.Api))
                .WithEnvironment(MigrationsVariable, ConnectionOf(Owner, passwords.Owner));

            ReferenceExpression ConnectionOf(string role, ParameterResource password) =>
                ReferenceExpression.Create($"Host={host};Port={port};Username={role};Password={password};Database={made.DatabaseName}");
        }

        server.WithReference(database);
        var builder = server.ApplicationBuilder;
        if (builder.Configuration.GetConnectionString("migrations") is null)
        {
            return server;
        }

        var given = builder.Resources.OfType<IResourceWithConnectionString>().SingleOrDefault(resource => resource.Name == "migrations");
        return server.WithReference(given is null ? builder.AddConnectionString("migrations") : builder.CreateResourceBuilder(given));
    }

    /// <summary>Gives each replica the database.</summary>
    public static IResourceBuilder<ReplicaGroupResource> WithDatabase(
        this IResourceBuilder<ReplicaGroupResource> replicas, IResourceBuilder<IResourceWithConnectionString> database) =>
        replicas.ForEachReplica<ProjectResource>(replica => replica.WithDatabase(database));

    private static async Task<HealthCheckResult> CheckAsync(PostgresServerResource postgres, CancellationToken cancellationToken)
    {
        await using var source = NpgsqlDataSource.Create((await postgres.ConnectionStringExpression.GetValueAsync(cancellationToken))!);
        await using var command = source.CreateCommand($"SELECT count(*) FROM pg_roles WHERE rolname IN ('{Owner}', '{Api}')");
        return await command.ExecuteScalarAsync(cancellationToken) is 2L ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("The roles of the application servers are not there yet.");
    }

    private sealed record Passwords(ParameterResource Owner, ParameterResource Api) : IResourceAnnotation;
}
