using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using ScaleUp.Api.Users;

namespace ScaleUp.Tests.Api;

/// <summary>Hashes passwords at the pace of the test.</summary>
internal sealed class SlowHasher : IPasswordHasher<User>, IDisposable
{
    private readonly PasswordHasher<User> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = 10 }));
    private readonly ManualResetEventSlim _mayGoOn = new(true);
    private readonly SemaphoreSlim _entered = new(0);

    /// <summary>Whether hashing waits until this is false again.</summary>
    public bool IsSlow { set => _ = value ? Reset() : Set(); }

    /// <summary>Counts what has begun to be hashed.</summary>
    public SemaphoreSlim Entered => _entered;

    public string HashPassword(User user, string password)
    {
        _entered.Release();
        _mayGoOn.Wait(TimeSpan.FromMinutes(1));
        return _hasher.HashPassword(user, password);
    }

    public PasswordVerificationResult VerifyHashedPassword(User user, string hashedPassword, string providedPassword)
    {
        _entered.Release();
        _mayGoOn.Wait(TimeSpan.FromMinutes(1));
        return _hasher.VerifyHashedPassword(user, hashedPassword, providedPassword);
    }

    public void Dispose()
    {
        _mayGoOn.Dispose();
        _entered.Dispose();
    }

    private bool Reset()
    {
        // What was hashed before, at the start, is over.
        while (_entered.Wait(0))
        {
        }

        _mayGoOn.Reset();
        return true;
    }

    private bool Set()
    {
        _mayGoOn.Set();
        return true;
    }
}
