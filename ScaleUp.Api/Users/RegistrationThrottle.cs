using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ScaleUp.Api.Data;

namespace ScaleUp.Api.Users;

/// <summary>Limits how many accounts one source may register in a minute, over all servers together. Refusals cost no hash.</summary>
internal sealed class RegistrationThrottle(ScaleUpDbContext database, IOptions<PasswordHashingOptions> options, TimeProvider clock)
{
    private static readonly TimeSpan s_period = TimeSpan.FromMinutes(1);

    /// <summary>Counts a registration.</summary>
    /// <param name="source">Where it comes from.</param>
    /// <param name="fingerprint">By which a repetition of the same request is recognised and not counted.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How long to wait before the next one; zero if this one may go on.</returns>
    public async Task<TimeSpan> BeginAsync(string source, byte[] fingerprint, CancellationToken cancellationToken)
    {
        var key = PasswordThrottle.KeyOf($"registrations {source}", "");
        var now = clock.Now();
        var expired = now - s_period;
        var counted = await database.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO password_attempts AS a (key, failures, failed_at, fingerprint) VALUES ({key}, 1, {now}, {fingerprint})
            ON CONFLICT (key) DO UPDATE SET fingerprint = {fingerprint},
                failures = CASE WHEN a.failed_at <= {expired} THEN 1 WHEN a.fingerprint = {fingerprint} THEN a.failures ELSE a.failures + 1 END,
                failed_at = CASE WHEN a.failed_at <= {expired} THEN {now} ELSE a.failed_at END
            WHERE a.failed_at <= {expired} OR a.fingerprint = {fingerprint} OR a.failures < {options.Value.RegistrationsPerMinute}
            """,
            cancellationToken);
        if (counted > 0)
        {
            return TimeSpan.Zero;
        }

        var began = await database.Set<PasswordAttempts>().AsNoTracking().Where(a => a.Key == key).Select(a => a.FailedAt).SingleOrDefaultAsync(cancellationToken);
        var rest = began + s_period - now;
        return rest > TimeSpan.Zero ? rest : TimeSpan.FromSeconds(1);
    }
}
