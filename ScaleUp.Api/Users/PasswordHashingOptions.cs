namespace ScaleUp.Api.Users;

/// <summary>What hashing passwords may cost. Configuration section <c>Passwords</c>.</summary>
internal sealed class PasswordHashingOptions
{
    /// <summary>
    /// Rounds of PBKDF2 with HMAC-SHA-512, 100,000 to 10,000,000. Default: 100,000, ASP.NET Core Identity's. OWASP recommends 210,000
    /// (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html): 0.2 to 0.36 s of processor time on the machines that
    /// this was measured on, too close to the deadline of a request on slower ones.
    /// Hashes with fewer are renewed when their user signs in.
    /// </summary>
    public int Iterations { get; set; } = 100_000;

    /// <summary>Passwords that one server hashes at a time, 1 to 64. Default: half of the processors, so that the others serve readers.</summary>
    public int Parallel { get; set; } = Math.Clamp(Environment.ProcessorCount / 2, 1, 64);

    /// <summary>Passwords that wait for their turn, 0 to 1000; of more, those that wait longest get 503. Default: 8.</summary>
    public int Queue { get; set; } = 8;

    /// <summary>Accounts that one source may register in a minute, 1 to 1,000,000. Default: 60; behind Docker's bridge all visitors are one source.</summary>
    public int RegistrationsPerMinute { get; set; } = 60;
}
