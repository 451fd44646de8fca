namespace ScaleUp.Api.Users;

/// <summary>Limits of password hashing and registration. Configuration section <c>Passwords</c>.</summary>
internal sealed class PasswordHashingOptions
{
    /// <summary>
    /// Iterations of PBKDF2 with HMAC-SHA-512, 100,000 to 10,000,000. Default: 210,000, as OWASP recommends
    /// (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html); measured at 0.2 to 0.36 s of processor time.
    /// Hashes with fewer iterations are renewed when the user signs in.
    /// </summary>
    public int Iterations { get; set; } = 210_000;

    /// <summary>
    /// The time limit of a request for waiting in the queue (at most half of it) and hashing, 0.5 to 60 s, before it gets 503. It does not
    /// count against <see cref="Data.DatabaseOptions.Deadline"/>. The sum of both must be shorter than the load balancers' timeout for
    /// requests that hash passwords (<c>SlowAttemptTimeout</c>, 3 s). Default: 2 s.
    /// </summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Maximum number of passwords that a server hashes concurrently, 1 to 64. Default: half the number of processors, so that the
    /// others serve readers.
    /// </summary>
    public int Parallel { get; set; } = Math.Clamp(Environment.ProcessorCount / 2, 1, 64);

    /// <summary>
    /// The maximum number of passwords that wait for hashing, 0 to 1000; if it is exceeded, the oldest waiting request gets 503. Default:
    /// 4, so that connections remain for readers.
    /// </summary>
    public int Queue { get; set; } = 4;

    /// <summary>
    /// Maximum number of registrations per minute from one network, 1 to 1,000,000. Default: 60; behind Docker's bridge all visitors have
    /// the same address.
    /// </summary>
    public int RegistrationsPerMinute { get; set; } = 60;
}
