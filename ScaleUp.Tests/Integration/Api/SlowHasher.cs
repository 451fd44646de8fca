using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using ScaleUp.Api.Users;

namespace ScaleUp.Tests.Api;

/// <summary>A password hasher that a test can pause.</summary>
internal sealed class SlowHasher : IPasswordHasher<User>, IDisposable
{
    private readonly PasswordHasher<User> _hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = 10 }));
    private readonly ManualResetEventSlim _resumed = new(true);
    private readonly SemaphoreSlim _entered = new(0);

    /// <summary>Whether hashing is paused; setting it to false resumes it.</summary>
    public bool IsSlow { set => _ = value ? Reset() : Set(); }

    /// <summary>Is released once for each hash that has started.</summary>
    public SemaphoreSlim Entered => _entered;

    public string HashPassword(User user, string password)
    {
        _entered.Release();
        _resumed.Wait(TimeSpan.FromMinutes(1));
        return _hasher.HashPassword(user, password);
    }

    public PasswordVerificationResult VerifyHashedPassword(User user, string hashedPassword, string providedPassword)
    {
        _entered.Release();
        _resumed.Wait(TimeSpan.FromMinutes(1));
        return _hasher.VerifyHashedPassword(user, hashedPassword, providedPassword);
    }

    public void Dispose()
    {
        _resumed.Dispose();
        _entered.Dispose();
    }

    private bool Reset()
    {
        // Discard hashes that completed earlier, such as those at startup.
        while (_entered.Wait(0))
        {
        }

        _resumed.Reset();
        return true;
    }

    private bool Set()
    {
        _resumed.Set();
        return true;
    }
}
