using System.Buffers.Text;
using System.Security.Cryptography;

namespace ScaleUp.Api.Sessions;

/// <summary>The bearer token of a session: 256 random bits, of which the database stores only the hash.</summary>
internal static class SessionToken
{
    private const int Length = 32;

    public static string Create() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Length));

    /// <summary>The SHA-256 hash of a token; null if the text is not a well-formed token.</summary>
    public static byte[]? HashOf(string token)
    {
        Span<byte> bytes = stackalloc byte[Length];
        return Base64Url.IsValid(token, out var length) && length == Length && Base64Url.TryDecodeFromChars(token, bytes, out _)
            ? SHA256.HashData(bytes)
            : null;
    }
}
