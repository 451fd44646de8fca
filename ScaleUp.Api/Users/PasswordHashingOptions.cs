namespace ScaleUp.Api.Users;

/// <summary>Limits of password hashing and registration. Configuration section <c>Passwords</c>.</summary>
internal sealed class PasswordHashingOptions
{
    /// <summary>
    /// Rounds of PBKDF2 with HMAC-SHA-512, 100,000 to 10,000,000. Default: 210,000, as OWASP recommends
    /// (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html): 0.2 to 0.36 s of processor time on the machines that
    /// this was measured on. Hashes with fewer are renewed when their user signs in.
    /// </summary>
    public int Iterations { get; set; } = 210_000;

    /// <summary>
    /// How long a request may wait for its turn (half of it) and hash, 0.5 to 60 s; after that it gets 503. It does not count against
    /// <see cref="Data.DatabaseOptions.Deadline"/>. Both together must be shorter than what load balancers give to an attempt to sign in
    /// (<c>SlowAttemptTimeout</c>, 3 s). Default: 2 s.
    /// </summary>
    public TimeSpan TimeLimit { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Maximum number of passwords that a server hashes concurrently, 1 to 64. Default: half the number of processors, so that the
    /// others serve readers.
    /// </summary>
    public int Parallel { get; set; } = Math.Clamp(Environment.ProcessorCount / 2, 1, 64);

    /// <summary>Passwords that wait for their turn, 0 to 1000; of more, those that wait longest get 503. Default: 4, so that there are places left for readers.</summary>
    public int Queue { get; set; } = 4;

    /// <summary>
    /// Maximum number of registrations per minute from one network, 1 to 1,000,000. Default: 60; behind Docker's bridge all visitors have
    /// the same address.
    /// </summary>
    public int RegistrationsPerMinute { get; set; } = 60;
}
