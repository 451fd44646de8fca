using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using ScaleUp.Api.Data;

namespace ScaleUp.Api.Users;

/// <summary>
/// Passwords that were tried in vain for one account from one place: a source, a device or a session. Or, counted from <see cref="FailedAt"/> on, what
/// one source has registered (see <see cref="RegistrationThrottle"/>).
/// </summary>
internal sealed class PasswordAttempts
{
    /// <summary>SHA-256 of place and account: neither is stored.</summary>
    public required byte[] Key { get; init; }

    public required int Failures { get; init; }

    public required DateTimeOffset FailedAt { get; init; }

    /// <summary>The last attempt, by which a repetition of the same request is recognised and not counted.</summary>
    public required byte[] Fingerprint { get; init; }
}

internal sealed class PasswordAttemptsConfiguration : IEntityTypeConfiguration<PasswordAttempts>
{
    public void Configure(EntityTypeBuilder<PasswordAttempts> attempts)
    {
        attempts.ToTable("password_attempts");
        attempts.HasKey(a => a.Key);
        attempts.HasIndex(a => a.FailedAt);
    }
}

/// <summary>
/// Slows down guesses without locking anybody else out: each account is counted for each place by itself, so that a guesser delays
/// nobody but those at the same address whose browser has never signed in before. An attempt is counted before the password is checked and taken
/// back if it is right, so that guesses sent to all servers at once are counted each.
/// </summary>
internal sealed class PasswordThrottle(ScaleUpDbContext database, TimeProvider clock)
{
    /// <summary>Attempts without a delay.</summary>
    public const int Free = 5;

    /// <summary>After this without an attempt, all are forgotten.</summary>
    public static readonly TimeSpan Memory = TimeSpan.FromHours(1);

    private static readonly TimeSpan s_longest = TimeSpan.FromMinutes(15);

    public static byte[] KeyOf(string place, string account) => SHA256.HashData(Encoding.UTF8.GetBytes($"{place}\n{account}"));

    /// <summary>1 s after the last free attempt, and twice as much after each further one, up to 15 minutes.</summary>
    public static TimeSpan DelayAfter(int failures) => failures < Free ? TimeSpan.Zero
        : TimeSpan.FromSeconds(Math.Min(Math.Pow(2, Math.Min(failures - Free, 20)), s_longest.TotalSeconds));

    /// <summary>Counts an attempt.</summary>
    /// <returns>How long to wait before the next attempt; zero if this one may be made.</returns>
    public async Task<TimeSpan> BeginAsync(byte[] key, byte[] fingerprint, CancellationToken cancellationToken)
    {
        var now = clock.Now();
        var forgotten = now - Memory;
        var counted = await database.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO password_attempts AS a (key, failures, failed_at, fingerprint) VALUES ({key}, 1, {now}, {fingerprint})
            ON CONFLICT (key) DO UPDATE SET failed_at = {now}, fingerprint = {fingerprint},
                failures = CASE WHEN a.failed_at < {forgotten} THEN 1 WHEN a.fingerprint = {fingerprint} THEN a.failures ELSE a.failures + 1 END
            WHERE a.failures < {Free} OR a.failed_at < {forgotten}
                OR a.failed_at + make_interval(secs => LEAST(power(2, LEAST(a.failures - {Free}, 20)), {s_longest.TotalSeconds})) <= {now}
            """,
            cancellationToken);
        if (counted > 0)
        {
            return TimeSpan.Zero;
        }

        var last = await database.Set<PasswordAttempts>().AsNoTracking().Where(a => a.Key == key).Select(a => new { a.Failures, a.FailedAt }).SingleOrDefaultAsync(cancellationToken);
        var rest = last is null ? TimeSpan.Zero : last.FailedAt + DelayAfter(last.Failures) - now;
        return rest > TimeSpan.Zero ? rest : TimeSpan.FromSeconds(1);
    }

    /// <summary>Forgets the attempts, after a right password.</summary>
    public Task ForgetAsync(byte[] key, CancellationToken cancellationToken) =>
        database.Set<PasswordAttempts>().Where(a => a.Key == key).ExecuteDeleteAsync(cancellationToken);
}
