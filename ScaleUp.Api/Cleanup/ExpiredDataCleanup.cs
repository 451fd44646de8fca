using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ScaleUp.Api.Data;
using ScaleUp.Api.Idempotency;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Cleanup;

/// <summary>Settings for deleting expired data. Configuration section <c>Cleanup</c>.</summary>
public sealed class CleanupOptions
{
    /// <summary>Time between two runs, 1 s to 1 day. Default: 1 minute.</summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Maximum rows per transaction, 1 to 100,000: a transaction holds locks, so keep it short. Default: 1000.</summary>
    public int BatchSize { get; set; } = 1000;
}

/// <summary>
/// Deletes expired sessions, idempotency keys and sign-in attempts, on one replica at a time: a replica that can't get the lock
/// skips this run.
/// </summary>
internal sealed partial class ExpiredDataCleanup(
    IServiceScopeFactory scopes, MigrationState schema, IOptions<CleanupOptions> options, TimeProvider clock,
    ILogger<ExpiredDataCleanup> logger) : BackgroundService
{
    /// <summary>Id of the advisory lock; unique among the locks of this database.</summary>
    internal const long LockKey = 0xC1EA;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Interval, clock);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (schema.IsApplied && await CleanAsync(stoppingToken) is > 0 and var rows)
                {
                    LogCleaned(rows);
                }
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailed(exception);
            }
        }
    }

    /// <summary>Deletes all expired rows.</summary>
    /// <returns>The number of deleted rows.</returns>
    internal async Task<int> CleanAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<ScaleUpDbContext>().Database;
        var (now, size) = (clock.Now(), options.Value.BatchSize);
        var total = 0;
        total += await DeleteInBatchesAsync(
            database,
            $"DELETE FROM sessions WHERE id IN (SELECT id FROM sessions WHERE expires_at < {now} LIMIT {size})",
            cancellationToken);
        total += await DeleteInBatchesAsync(
            database,
            $"""
            DELETE FROM idempotent_answers WHERE (caller, key_hash) IN (
                SELECT caller, key_hash FROM idempotent_answers WHERE created_at < {now - IdempotencyRecord.Lifetime} LIMIT {size})
            """,
            cancellationToken);
        total += await DeleteInBatchesAsync(
            database,
            $"""
            DELETE FROM password_attempts WHERE key IN (
                SELECT key FROM password_attempts WHERE failed_at < {now - PasswordThrottle.ResetAfter} LIMIT {size})
            """,
            cancellationToken);
        return total;
    }

    private async Task<int> DeleteInBatchesAsync(
        Microsoft.EntityFrameworkCore.Infrastructure.DatabaseFacade database, FormattableString delete, CancellationToken cancellationToken)
    {
        for (var total = 0; ;)
        {
            await using var transaction = await database.BeginTransactionAsync(cancellationToken);
            if (!await database.SqlQuery<bool>($"SELECT pg_try_advisory_xact_lock({LockKey}) AS \"Value\"").SingleAsync(cancellationToken))
            {
                return total;
            }

            var rows = await database.ExecuteSqlAsync(delete, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
            total += rows;
            if (rows < options.Value.BatchSize)
            {
                return total;
            }
        }
    }

    [LoggerMessage(LogLevel.Information, "Deleted {Rows} expired sessions, idempotency keys and sign-in attempts.")]
    private partial void LogCleaned(int rows);

    [LoggerMessage(LogLevel.Warning, "Deleting expired sessions, idempotency keys and sign-in attempts failed; the next run retries.")]
    private partial void LogFailed(Exception exception);
}

internal static class CleanupExtensions
{
    public static void AddCleanup(this WebApplicationBuilder builder)
    {
        builder.Services.AddOptions<CleanupOptions>().BindConfiguration("Cleanup")
            .Validate(
                o => o.Interval >= TimeSpan.FromSeconds(1) && o.Interval <= TimeSpan.FromDays(1),
                "Cleanup:Interval must be between 00:00:01 and 1.00:00:00.")
            .Validate(o => o.BatchSize is >= 1 and <= 100_000, "Cleanup:BatchSize must be between 1 and 100000.")
            .ValidateOnStart();
        builder.Services.AddSingleton<ExpiredDataCleanup>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ExpiredDataCleanup>());
    }
}
