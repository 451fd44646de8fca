namespace Aspire.Hosting;

public static class PostgresBuilderExtensions
{
    public static IResourceBuilder<PostgresServerResource> AddPostgres(
        this IDistributedApplicationBuilder builder, string name, IResourceBuilder<ParameterResource> password)
    {
        var server = new PostgresServerResource(name, password.Resource);
        builder.Eventing.Subscribe<ResourceReadyEvent>(server, (ready, cancellationToken) => CreateDatabasesAsync(server, ready, cancellationToken));
        return builder.AddResource(server)
            .WithEndpoint(PostgresServerResource.PrimaryEndpointName, endpoint => endpoint.TargetPort = 5432)
            .WithImage("postgres", "18.3")
            .WithIconName("DatabaseMultiple")
            .WithEnvironment(context =>
            {
                var variables = context.EnvironmentVariables;
                variables["POSTGRES_HOST_AUTH_METHOD"] = "scram-sha-256";
                variables["POSTGRES_INITDB_ARGS"] = "--auth-host=scram-sha-256 --auth-local=scram-sha-256";
                variables["POSTGRES_USER"] = PostgresServerResource.UserName;
                variables["POSTGRES_PASSWORD"] = server.Password;
            })
            .WithConnectionCheck(server);
    }

    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(this IResourceBuilder<PostgresServerResource> builder, string name)
    {
        var database = new PostgresDatabaseResource(name, builder.Resource);
        builder.Resource.Databases.Add(name);
        return builder.ApplicationBuilder.AddResource(database).WithParentRelationship(builder).WithIconName("Database").WithConnectionCheck(database);
    }

    /// <summary>Keeps the data in a volume; the image's data folder moved with version 18.</summary>
    public static IResourceBuilder<PostgresServerResource> WithDataVolume(this IResourceBuilder<PostgresServerResource> builder, string name)
    {
        var tag = builder.Resource.Annotations.OfType<ContainerImage>().Last().Reference.Split(':')[^1];
        var isOld = int.TryParse(tag.Split('.', '-')[0], CultureInfo.InvariantCulture, out var major) && major < 18;
        return builder.WithAnnotation(new ContainerMountAnnotation(
            name, isOld ? "/var/lib/postgresql/data" : "/var/lib/postgresql", ContainerMountType.Volume, IsReadOnly: false));
    }

    private static IResourceBuilder<T> WithConnectionCheck<T>(this IResourceBuilder<T> builder, IResourceWithConnectionString target) where T : IResource
    {
        var key = $"{target.Name}_check";
        builder.ApplicationBuilder.Services.AddHealthChecks().AddAsyncCheck(key, async cancellationToken =>
        {
            try
            {
                await using var connection = await OpenAsync(target, cancellationToken).ConfigureAwait(false);
                await using var command = new NpgsqlCommand("SELECT 1", connection);
                await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false);
                return HealthCheckResult.Healthy();
            }
            catch (Exception ex) when (!cancellationToken.IsCancellationRequested)
            {
                return HealthCheckResult.Unhealthy(ex.Message, ex);
            }
        });
        return builder.WithHealthCheck(key);
    }

    private static async Task CreateDatabasesAsync(PostgresServerResource server, ResourceReadyEvent ready, CancellationToken cancellationToken)
    {
        var logger = ready.Services.GetRequiredService<ResourceLoggerService>().GetLogger(server);
        await using var connection = await OpenAsync(server, cancellationToken).ConfigureAwait(false);
        foreach (var name in server.Databases)
        {
            try
            {
                await using var command = new NpgsqlCommand($"CREATE DATABASE {new NpgsqlCommandBuilder().QuoteIdentifier(name)}", connection);
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException ex) when (ex.SqlState == PostgresErrorCodes.DuplicateDatabase)
            {
                // From an earlier run, in the volume.
            }
            catch (Exception ex)
            {
                logger.LogError(ex, "Failed to create database '{DatabaseName}'", name);
            }
        }
    }

    private static async Task<NpgsqlConnection> OpenAsync(IResourceWithConnectionString target, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(await target.GetValueAsync(cancellationToken).ConfigureAwait(false));
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return connection;
    }
}
