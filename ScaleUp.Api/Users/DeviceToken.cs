using System.Buffers.Text;
using System.Security.Cryptography;

namespace ScaleUp.Api.Users;

/// <summary>
/// Proves that a device has signed in to an account before, so that password guesses made elsewhere do not throttle it
/// (https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies). A token is 16 random bytes and their HMAC
/// with a key of the account; it grants no access.
/// </summary>
internal static class DeviceToken
{
    private const int NonceLength = 16;
    private const int Length = 32;

    /// <summary>Creates a token for an account.</summary>
    public static string Create(User user)
    {
        var token = new byte[Length];
        RandomNumberGenerator.Fill(token.AsSpan(0, NonceLength));
        Sign(user, token.AsSpan(0, NonceLength)).CopyTo(token, NonceLength);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>Finds the first of these tokens, separated by spaces, that belongs to this account; null if none does.</summary>
    public static string? Find(User user, string tokens) =>
        tokens.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(token => Read(user, token)).FirstOrDefault(token => token is not null);

    // Returns the canonical encoding, because Base64 ignores some bits and different texts can decode to the same token.
    private static string? Read(User user, string token)
    {
        Span<byte> bytes = stackalloc byte[Length];
        return Base64Url.IsValid(token, out var length) && length == Length && Base64Url.TryDecodeFromChars(token, bytes, out _)
            && CryptographicOperations.FixedTimeEquals(Sign(user, bytes[..NonceLength]), bytes[NonceLength..])
            ? Base64Url.EncodeToString(bytes)
            : null;
    }

    private static byte[] Sign(User user, ReadOnlySpan<byte> nonce) =>
        HMACSHA256.HashData(user.DeviceKey.ToByteArray(), nonce)[..(Length - NonceLength)];
}
