using System.Globalization;
using Aspire.Hosting.ApplicationModel;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Aspire.Hosting;

public static class PostgresBuilderExtensions
{
    public static IResourceBuilder<PostgresServerResource> AddPostgres(this IDistributedApplicationBuilder builder, string name,
        IResourceBuilder<ParameterResource>? userName = null, IResourceBuilder<ParameterResource>? password = null, int? port = null)
    {
        var server = new PostgresServerResource(name, userName?.Resource,
            password?.Resource ?? ParameterResourceBuilderExtensions.CreateDefaultPasswordParameter(builder, $"{name}-password"));
        return builder.AddResource(server)
            .WithEndpoint(port: port, targetPort: 5432, name: PostgresServerResource.PrimaryEndpointName)
            .WithImage("library/postgres", "18.3")
            .WithImageRegistry("docker.io")
            .WithIconName("DatabaseMultiple")
            .WithEnvironment("POSTGRES_HOST_AUTH_METHOD", "scram-sha-256")
            .WithEnvironment("POSTGRES_INITDB_ARGS", "--auth-host=scram-sha-256 --auth-local=scram-sha-256")
            .WithEnvironment(context =>
            {
                context.EnvironmentVariables["POSTGRES_USER"] = server.UserNameReference;
                context.EnvironmentVariables["POSTGRES_PASSWORD"] = server.PasswordParameter;
            })
            .WithConnectionCheck(server, ";Database=postgres")
            .OnResourceReady(CreateDatabasesAsync);
    }

    public static IResourceBuilder<PostgresDatabaseResource> AddDatabase(this IResourceBuilder<PostgresServerResource> builder, string name, string? databaseName = null)
    {
        var database = new PostgresDatabaseResource(name, databaseName ?? name, builder.Resource);
        builder.Resource.AddDatabase(name, database.DatabaseName);
        return builder.ApplicationBuilder.AddResource(database).WithIconName("Database").WithConnectionCheck(database, "");
    }

    /// <summary>Keeps the data in a volume; the image's data folder moved with version 18.</summary>
    public static IResourceBuilder<PostgresServerResource> WithDataVolume(
        this IResourceBuilder<PostgresServerResource> builder, string? name = null, bool isReadOnly = false)
    {
        builder.Resource.TryGetLastAnnotation<ContainerImageAnnotation>(out var image);
        var isOld = int.TryParse(image?.Tag?.Split('.', '-')[0], CultureInfo.InvariantCulture, out var major) && major < 18;
        var application = builder.ApplicationBuilder;
        name ??= $"{application.Environment.ApplicationName.ToLowerInvariant()}-{application.Configuration["AppHost:Sha256"]![..10].ToLowerInvariant()}-{builder.Resource.Name}-data";
        return builder.WithVolume(name, isOld ? "/var/lib/postgresql/data" : "/var/lib/postgresql", isReadOnly);
    }

    private static IResourceBuilder<T> WithConnectionCheck<T>(this IResourceBuilder<T> builder, IResourceWithConnectionString target, string suffix) where T : IResource
    {
        var key = $"{target.Name}_check";
        builder.ApplicationBuilder.Services.AddHealthChecks().AddAsyncCheck(key, async cancellationToken =>
        {
            try
            {
                await using var connection = await OpenAsync(target, suffix, cancellationToken).ConfigureAwait(false);
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
        await using var connection = await OpenAsync(server, ";Database=postgres", cancellationToken).ConfigureAwait(false);
        foreach (var name in server.Databases.Values)
        {
            try
            {
                await using var command = new NpgsqlCommand($"CREATE DATABASE {new NpgsqlCommandBuilder().QuoteIdentifier(name)}", connection);
                await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (PostgresException ex) when (ex.SqlState == PostgresErrorCodes.DuplicateDatabase)
            {
                logger.LogDebug("Database '{DatabaseName}' already exists", name);
            }
            catch (Exception ex)
            {
                logger.LogError(ex, "Failed to create database '{DatabaseName}'", name);
            }
        }
    }

    private static async Task<NpgsqlConnection> OpenAsync(IResourceWithConnectionString target, string suffix, CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(await target.GetConnectionStringAsync(cancellationToken).ConfigureAwait(false) + suffix);
        await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
        return connection;
    }
}
