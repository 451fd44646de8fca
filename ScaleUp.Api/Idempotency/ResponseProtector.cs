using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ScaleUp.Api.Idempotency;

/// <summary>An answer as it is kept.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Headers">Those that belong to the answer and not to the connection.</param>
/// <param name="Body">The body.</param>
internal sealed record StoredResponse(int Status, Dictionary<string, string> Headers, byte[] Body);

/// <summary>
/// Answers have tokens in them, and requests passwords. The database gets neither: the fingerprint of a request is keyed, and
/// the answer encrypted, by the idempotency key, of which only the hash is stored. Who has the key may have the answer.
/// </summary>
internal sealed class ResponseProtector(string key)
{
    private readonly byte[] _key = Encoding.ASCII.GetBytes(key);

    /// <summary>What the key is stored as.</summary>
    public byte[] KeyHash { get; } = SHA256.HashData(Encoding.ASCII.GetBytes(key));

    /// <summary>The same for the same request only.</summary>
    public byte[] FingerprintOf(string method, string address, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Derive("fingerprint"));
        hash.AppendData(Encoding.UTF8.GetBytes($"{method} {address}\n"));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }

    public byte[] Seal(StoredResponse answer)
    {
        var text = JsonSerializer.SerializeToUtf8Bytes(answer);
        var result = new byte[AesGcm.NonceByteSizes.MaxSize + AesGcm.TagByteSizes.MaxSize + text.Length];
        var (nonce, tag, secret) = Split(result);
        RandomNumberGenerator.Fill(nonce.Span);
        using var aes = new AesGcm(Derive("answer"), tag.Length);
        aes.Encrypt(nonce.Span, text, secret.Span, tag.Span);
        return result;
    }

    public StoredResponse Open(byte[] @sealed)
    {
        var (nonce, tag, secret) = Split(@sealed);
        var text = new byte[secret.Length];
        using var aes = new AesGcm(Derive("answer"), tag.Length);
        aes.Decrypt(nonce.Span, secret.Span, tag.Span, text);
        return JsonSerializer.Deserialize<StoredResponse>(text)!;
    }

    private static (Memory<byte> Nonce, Memory<byte> Tag, Memory<byte> Secret) Split(Memory<byte> bytes)
    {
        var (nonce, tag) = (AesGcm.NonceByteSizes.MaxSize, AesGcm.TagByteSizes.MaxSize);
        return (bytes[..nonce], bytes.Slice(nonce, tag), bytes[(nonce + tag)..]);
    }

    private byte[] Derive(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, 32, info: Encoding.ASCII.GetBytes(purpose));
}
