using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ScaleUp.Api.Articles;
using ScaleUp.Api.Users;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.Data;

/// <summary>Whether the database has the schema that this server was built for.</summary>
internal sealed class MigrationState
{
    private volatile bool _isApplied;
    private volatile bool _isReady;

    /// <summary>Requests find the tables that they need.</summary>
    public bool IsApplied => _isApplied;

    /// <summary>Besides, this server has asked itself for a bit of everything.</summary>
    public bool IsReady => _isReady;

    public void SetApplied() => _isApplied = true;

    public void SetReady() => _isReady = true;
}

internal sealed class MigrationHealthCheck(MigrationState state) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(state.IsReady ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("Migrations are not applied yet."));
}

/// <summary>
/// Brings the schema up to date in the background, so that a server without a database still starts, says that it is not
/// ready, and becomes ready when the database does. All replicas do it at once; a lock lets the first apply what is pending and plant
/// the seed, and the others find nothing left to do. Entity Framework's own lock on its history table is not enough: it ends with each
/// migration's transaction, and whoever gets it in between applies the next one too (seen with 10.0: "column already exists").
/// </summary>
internal sealed partial class DatabaseMigrator(
    IServiceScopeFactory scopes, MigrationDatabase schema, MigrationState state, WarmUp warmUp, ILogger<DatabaseMigrator> logger)
    : BackgroundService
{
    /// <summary>Any number that no other lock of this database has.</summary>
    internal const long LockKey = 0x5EED;

    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(1);

    /// <summary>Failures that are no warning yet: a database that starts with this server is late, not broken.</summary>
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
                    LogFailed(exception, s_pause.TotalSeconds);
                }
                else
                {
                    LogNotYet(exception.GetBaseException().Message, s_pause.TotalSeconds);
                }

                await Task.Delay(s_pause, stoppingToken);
            }
        }
    }

    private async Task MigrateAsync(CancellationToken stoppingToken)
    {
        await using var owner = schema.Create();
        // A new index on many rows takes its time.
        owner.Database.SetCommandTimeout(s_limit);
        await owner.Database.OpenConnectionAsync(stoppingToken);
        // Of the session, so that it lasts over all migrations and the seed, and ends with the connection, also if this server is killed.
        await owner.Database.ExecuteSqlAsync($"SELECT pg_advisory_lock({LockKey})", stoppingToken);
        // Entity Framework queries this table first, which PostgreSQL logs as an error while it does not exist.
        await owner.Database.ExecuteSqlRawAsync(owner.GetService<IHistoryRepository>().GetCreateIfNotExistsScript(), stoppingToken);
        await schema.HideHistoryAsync(owner, stoppingToken);
        // Most servers find nothing to do, and MigrateAsync would compare all of the model with its snapshot first.
        if ((await owner.Database.GetPendingMigrationsAsync(stoppingToken)).Any())
        {
            await owner.Database.MigrateAsync(stoppingToken);
        }

        // By the role of requests, so that a server is not ready before that can connect.
        await using var scope = scopes.CreateAsyncScope();
        await ArticleSeed.SeedAsync(scope.ServiceProvider.GetRequiredService<ScaleUpDbContext>(), stoppingToken);
        await scope.ServiceProvider.GetRequiredService<AdministratorSeed>().SeedAsync(stoppingToken);
    }

    [LoggerMessage(LogLevel.Information, "The database schema is current; this server is ready.")]
    private partial void LogCurrent();

    [LoggerMessage(LogLevel.Information, "The database is not available yet ({Reason}); retrying in {Seconds} s.")]
    private partial void LogNotYet(string reason, double seconds);

    [LoggerMessage(LogLevel.Warning, "Migrations could not be applied; retrying in {Seconds} s.")]
    private partial void LogFailed(Exception exception, double seconds);
}
