using System.Security.Cryptography;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using ScaleUp.Api.Data;

namespace ScaleUp.Api.Users;

/// <summary>
/// Counts wrong passwords for one account from one partition: a network, a device or a session. <see cref="RegistrationThrottle"/> also
/// uses it, to count the registrations of one network since <see cref="FailedAt"/>.
/// </summary>
internal sealed class PasswordAttempts
{
    /// <summary>SHA-256 of partition and account, so that neither is stored.</summary>
    public required byte[] Key { get; init; }

    public required int Failures { get; init; }

    public required DateTimeOffset FailedAt { get; init; }

    /// <summary>Fingerprint of the last attempt; a retry of the same request is recognized by it and not counted.</summary>
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
/// Throttles password guesses without locking out the account's owner: attempts are counted per account and partition, so an attacker
/// delays only users of the same network whose browser has not signed in before. Attempts are counted before the password is checked
/// and reset if it is right, so that concurrent guesses on all servers count.
/// </summary>
internal sealed class PasswordThrottle(ScaleUpDbContext database, TimeProvider clock)
{
    /// <summary>Number of attempts without a delay.</summary>
    public const int FreeAttempts = 5;

    /// <summary>The count restarts after this time without an attempt.</summary>
    public static readonly TimeSpan ResetAfter = TimeSpan.FromHours(1);

    private static readonly TimeSpan s_maxDelay = TimeSpan.FromMinutes(15);

    /// <summary>The key of an account in a partition, for example <c>source 192.0.2.1</c>.</summary>
    public static byte[] KeyOf(string partition, string account) => SHA256.HashData(Encoding.UTF8.GetBytes($"{partition}\n{account}"));

    /// <summary>1 s after the last free attempt, doubled after each further attempt, up to 15 minutes.</summary>
    public static TimeSpan DelayAfter(int failures) => failures < FreeAttempts ? TimeSpan.Zero
        : TimeSpan.FromSeconds(Math.Min(Math.Pow(2, Math.Min(failures - FreeAttempts, 20)), s_maxDelay.TotalSeconds));

    /// <summary>Counts an attempt.</summary>
    /// <returns>Zero if the attempt is allowed; otherwise the time to wait before the next one.</returns>
    public async Task<TimeSpan> RecordAttemptAsync(byte[] key, byte[] fingerprint, CancellationToken cancellationToken)
    {
        var now = clock.Now();
        var resetBefore = now - ResetAfter;
        var counted = await database.Database.ExecuteSqlAsync(
            $"""
            INSERT INTO password_attempts AS a (key, failures, failed_at, fingerprint) VALUES ({key}, 1, {now}, {fingerprint})
            ON CONFLICT (key) DO UPDATE SET failed_at = {now}, fingerprint = {fingerprint},
                failures = CASE WHEN a.failed_at < {resetBefore} THEN 1
                    WHEN a.fingerprint = {fingerprint} THEN a.failures ELSE a.failures + 1 END
            WHERE a.failures < {FreeAttempts} OR a.failed_at < {resetBefore}
                OR a.failed_at + make_interval(
                    secs => LEAST(power(2, LEAST(a.failures - {FreeAttempts}, 20)), {s_maxDelay.TotalSeconds})) <= {now}
            """,
            cancellationToken);
        if (counted > 0)
        {
            return TimeSpan.Zero;
        }

        var last = await database.Set<PasswordAttempts>().AsNoTracking().Where(a => a.Key == key)
            .Select(a => new { a.Failures, a.FailedAt }).SingleOrDefaultAsync(cancellationToken);
        var remaining = last is null ? TimeSpan.Zero : last.FailedAt + DelayAfter(last.Failures) - now;
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.FromSeconds(1);
    }

    /// <summary>Resets the count after a right password.</summary>
    public Task ResetAsync(byte[] key, CancellationToken cancellationToken) =>
        database.Set<PasswordAttempts>().Where(a => a.Key == key).ExecuteDeleteAsync(cancellationToken);
}
