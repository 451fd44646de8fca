using System.Buffers.Text;
using System.Security.Cryptography;

namespace ScaleUp.Api.Sessions;

/// <summary>What a signed-in client shows: 256 random bits, of which the database has nothing but the hash.</summary>
internal static class SessionToken
{
    private const int Length = 32;

    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Length));

    /// <summary>The hash of a token, or null if the text can't be one.</summary>
    public static byte[]? HashOf(string token)
    {
        Span<byte> bytes = stackalloc byte[Length];
        return Base64Url.IsValid(token, out var length) && length == Length && Base64Url.TryDecodeFromChars(token, bytes, out _)
            ? SHA256.HashData(bytes)
            : null;
    }
}
