using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.EntityFrameworkCore.Storage;
using Npgsql;
using ScaleUp.Api.Text;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.Data;

internal static class DatabaseExtensions
{
    internal const string ConnectionName = "scaleup";
    private const int PreparedStatements = 100;

    public static void AddDatabase(this WebApplicationBuilder builder)
    {
        var settings = builder.Configuration.GetSection("Database").Get<DatabaseOptions>() ?? new DatabaseOptions();
        if (string.Join(' ', settings.Check()) is { Length: > 0 } errors)
        {
            throw new InvalidOperationException(errors);
        }

        if (builder.Configuration.GetConnectionString(ConnectionName) is { Length: > 0 } connection)
        {
            builder.Configuration[$"ConnectionStrings:{ConnectionName}"] = WithLimits(connection, settings);
        }

        builder.AddNpgsqlDbContext<ScaleUpDbContext>(
            ConnectionName,
            // Not a reason for this server to leave (see Health); a request that needs the database says 503 itself.
            aspire => aspire.DisableHealthChecks = true,
            options => options.WithConventions()
                // Whoever asked tries again, on another server. Trying again here as well would multiply, and outlast the load balancers' patience.
                .UseNpgsql(npgsql => npgsql.ExecutionStrategy(dependencies => new NonRetryingExecutionStrategy(dependencies))));

        // Where Npgsql gives up on a hung database it blocks its thread for a while; there must be others left to say so to visitors.
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, 2 * settings.PoolSize), ports);

        builder.Services.AddSingleton(settings);
        builder.Services.AddSingleton<DatabaseCircuitBreaker>();
        builder.Services.ConfigureDbContext<ScaleUpDbContext>((services, options) => options.AddInterceptors(services.GetRequiredService<DatabaseCircuitBreaker>()));
        builder.Services.AddSingleton<MigrationDatabase>();
        builder.Services.AddSingleton<MigrationState>();
        builder.Services.AddHostedService<DatabaseMigrator>();
        builder.Services.AddSingleton<StoredHtmlRefresher>();
        builder.Services.AddHostedService(services => services.GetRequiredService<StoredHtmlRefresher>());
        builder.Services.AddHealthChecks().AddCheck<MigrationHealthCheck>("migrations", tags: [Health.ReadyTag]);
    }

    /// <summary>What all contexts have in common.</summary>
    internal static DbContextOptionsBuilder WithConventions(this DbContextOptionsBuilder options) => options
        // Each of these throws as well: what is caught is no error (a duplicate), and the rest is logged where it is handled.
        .ConfigureWarnings(events => events.Log(
            (RelationalEventId.CommandError, LogLevel.Debug), (RelationalEventId.ConnectionError, LogLevel.Debug),
            (RelationalEventId.TransactionError, LogLevel.Debug),
            (CoreEventId.QueryIterationFailed, LogLevel.Debug), (CoreEventId.SaveChangesFailed, LogLevel.Debug)))
        .UseSnakeCaseNamingConvention();

    /// <summary>Bounds each request by the deadline; to be called before anything that asks the database.</summary>
    public static void UseDatabaseDeadline(this WebApplication app) => app.UseWhen(
        // How this server is has nothing to do with the database.
        context => !Health.IsHealthPath(context.Request.Path),
        requests => requests.UseMiddleware<DatabaseDeadline>(app.Services.GetRequiredService<DatabaseOptions>().Deadline));

    /// <summary>Whether a row was refused because there is one like it already.</summary>
    public static bool IsDuplicate(this DbUpdateException exception) =>
        exception.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation };

    private static string WithLimits(string connection, DatabaseOptions settings) => new NpgsqlConnectionStringBuilder(connection)
    {
        CommandTimeout = settings.CommandTimeout,
        Timeout = settings.ConnectTimeout,
        MaxPoolSize = settings.PoolSize,
        // What is asked again and again is parsed and planned once for each connection: of so many statements, those that were used last.
        MaxAutoPrepare = PreparedStatements,
        // Nothing here leaves a connection other than it was, so there is nothing to put back before each command.
        NoResetOnClose = true,
        // A database that does not answer won't answer a request to stop either: the connection is given up at once.
        CancellationTimeout = -1,
        // One question less before each connection; Kerberos is not used here.
        GssEncryptionMode = GssEncryptionMode.Disable,
        // So the database itself must stop what nobody waits for any more.
        Options = $"-c statement_timeout={settings.CommandTimeout * 1000} -c idle_in_transaction_session_timeout={settings.CommandTimeout * 1000}",
    }.ConnectionString;
}
