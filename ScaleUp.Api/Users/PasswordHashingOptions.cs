namespace ScaleUp.Api.Users;

/// <summary>Limits of password hashing and registration. Configuration section <c>Passwords</c>.</summary>
internal sealed class PasswordHashingOptions
{
    /// <summary>
    /// Iterations of PBKDF2 with HMAC-SHA-512, 100,000 to 10,000,000. Default: 100,000, the default of ASP.NET Core Identity. OWASP
    /// recommends 210,000 (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html), which took 0.2 to 0.36 s of
    /// processor time on the measured machines: too close to the deadline of a request on slower ones. Hashes with fewer iterations
    /// are replaced when their user signs in.
    /// </summary>
    public int Iterations { get; set; } = 100_000;

    /// <summary>
    /// Maximum number of passwords that a server hashes concurrently, 1 to 64. Default: half the number of processors, so that the
    /// others serve readers.
    /// </summary>
    public int Parallel { get; set; } = Math.Clamp(Environment.ProcessorCount / 2, 1, 64);

    /// <summary>Maximum number of queued hashes, 0 to 1000; if there are more, the oldest get 503. Default: 8.</summary>
    public int Queue { get; set; } = 8;

    /// <summary>
    /// Maximum number of registrations per minute from one network, 1 to 1,000,000. Default: 60; behind Docker's bridge all visitors have
    /// the same address.
    /// </summary>
    public int RegistrationsPerMinute { get; set; } = 60;
}
