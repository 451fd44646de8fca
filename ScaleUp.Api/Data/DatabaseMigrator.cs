using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ScaleUp.Api.Articles;
using ScaleUp.Api.Users;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.Data;

/// <summary>Whether the database has the schema that this server needs.</summary>
internal sealed class MigrationState
{
    private volatile bool _isApplied;
    private volatile bool _isReady;

    /// <summary>Whether all migrations are applied.</summary>
    public bool IsApplied => _isApplied;

    /// <summary>Whether all migrations are applied and the warm-up requests are done.</summary>
    public bool IsReady => _isReady;

    public void SetApplied() => _isApplied = true;

    public void SetReady() => _isReady = true;
}

internal sealed class MigrationHealthCheck(MigrationState state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(state.IsReady
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy("Migrations or warm-up requests are not complete yet."));
}

/// <summary>
/// Migrates the schema in the background, so that a server starts without a database, reports unready, and becomes ready once the
/// database is available. All replicas run this; an advisory lock lets the first apply pending migrations and insert the seed.
/// Entity Framework's own lock on its history table is not enough: it ends with each migration's transaction, so another replica can
/// apply the next migration twice (observed with 10.0: "column already exists").
/// </summary>
internal sealed partial class DatabaseMigrator(
    IServiceScopeFactory scopes, MigrationDatabase schema, MigrationState state, WarmUp warmUp, ILogger<DatabaseMigrator> logger)
    : BackgroundService
{
    /// <summary>Id of the advisory lock; unique among the locks of this database.</summary>
    internal const long LockKey = 0x5EED;

    private static readonly TimeSpan s_retryDelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_commandTimeout = TimeSpan.FromMinutes(1);

    /// <summary>Failures before the first warning: a database that starts together with this server is expected to be late.</summary>
    private const int ExpectedFailures = 10;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        for (var failures = 0; !state.IsReady;)
        {
            try
            {
                await MigrateAsync(stoppingToken);
                state.SetApplied();
                await warmUp.RunAsync(WarmUpRequests.SendAsync, stoppingToken);
                state.SetReady();
                LogCurrent();
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                if (++failures > ExpectedFailures)
                {
                    LogFailed(exception, s_retryDelay.TotalSeconds);
                }
                else
                {
                    LogNotYet(exception.GetBaseException().Message, s_retryDelay.TotalSeconds);
                }

                await Task.Delay(s_retryDelay, stoppingToken);
            }
        }
    }

    private async Task MigrateAsync(CancellationToken stoppingToken)
    {
        await using var owner = schema.Create();
        // The timeouts for requests are too short for creating an index on many rows.
        owner.Database.SetCommandTimeout(s_commandTimeout);
        await owner.Database.OpenConnectionAsync(stoppingToken);
        // A session-level lock spans all migrations and the seed, and ends with the connection if this server is killed.
        await owner.Database.ExecuteSqlAsync($"SELECT pg_advisory_lock({LockKey})", stoppingToken);
        // Entity Framework queries this table first; without it PostgreSQL would log an error.
        await owner.Database.ExecuteSqlRawAsync(owner.GetService<IHistoryRepository>().GetCreateIfNotExistsScript(), stoppingToken);
        await schema.HideHistoryAsync(owner, stoppingToken);
        // MigrateAsync compares the whole model with its snapshot, which is wasted time if nothing is pending.
        if ((await owner.Database.GetPendingMigrationsAsync(stoppingToken)).Any())
        {
            await owner.Database.MigrateAsync(stoppingToken);
        }

        // Uses the role for requests, so that a server becomes ready only when that role can connect.
        await using var scope = scopes.CreateAsyncScope();
        await ArticleSeed.SeedAsync(scope.ServiceProvider.GetRequiredService<ScaleUpDbContext>(), stoppingToken);
        await scope.ServiceProvider.GetRequiredService<AdministratorSeed>().SeedAsync(stoppingToken);
    }

    [LoggerMessage(LogLevel.Information, "The database schema is current; this server is ready.")]
    private partial void LogCurrent();

    [LoggerMessage(LogLevel.Information, "The database is not available yet ({Reason}); retrying in {Seconds} s.")]
    private partial void LogNotYet(string reason, double seconds);

    [LoggerMessage(LogLevel.Warning, "Applying migrations failed; retrying in {Seconds} s.")]
    private partial void LogFailed(Exception exception, double seconds);
}
