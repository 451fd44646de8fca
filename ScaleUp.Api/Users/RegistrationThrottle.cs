using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ScaleUp.Api.Data;
using ScaleUp.Api.Security;

namespace ScaleUp.Api.Users;

/// <summary>
/// Limits registrations per minute from one network, across all servers. It runs before hashing, so that refusals cost little.
/// </summary>
internal sealed class RegistrationThrottle(ScaleUpDbContext database, IOptions<PasswordHashingOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan s_period = TimeSpan.FromMinutes(1);

    /// <summary>Counts a registration.</summary>
    /// <param name="source">The client's network (see <see cref="ClientAddress.Source"/>).</param>
    /// <param name="fingerprint">Fingerprint of the request; a retry is recognized by it and not counted.</param>
    /// <param name="cancellationToken">Cancels the query.</param>
    /// <returns>Zero if the registration is allowed; otherwise the time to wait before the next one.</returns>
    public async Task<TimeSpan> RecordAttemptAsync(string source, byte[] fingerprint, CancellationToken cancellationToken)
    {
        var key = PasswordThrottle.KeyOf($"registrations {source}", "");
        var now = clock.Now();
        var expired = now - s_period;
        var counted = await database.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO password_attempts AS a (key, failures, failed_at, fingerprint) VALUES ({key}, 1, {now}, {fingerprint})
            ON CONFLICT (key) DO UPDATE SET fingerprint = {fingerprint},
                failures = CASE WHEN a.failed_at <= {expired} THEN 1
                    WHEN a.fingerprint = {fingerprint} THEN a.failures ELSE a.failures + 1 END,
                failed_at = CASE WHEN a.failed_at <= {expired} THEN {now} ELSE a.failed_at END
            WHERE a.failed_at <= {expired} OR a.fingerprint = {fingerprint} OR a.failures < {options.Value.RegistrationsPerMinute}
            """,
            cancellationToken);
        if (counted > 0)
        {
            return TimeSpan.Zero;
        }

        var start = await database.Set<PasswordAttempts>().AsNoTracking().Where(a => a.Key == key).Select(a => a.FailedAt)
            .SingleOrDefaultAsync(cancellationToken);
        var remaining = start + s_period - now;
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.FromSeconds(1);
    }
}
