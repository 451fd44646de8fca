using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace ScaleUp.Api.Idempotency;

/// <summary>A response as it is stored.</summary>
/// <param name="Status">The HTTP status code.</param>
/// <param name="Headers">The headers to replay.</param>
/// <param name="Body">The body.</param>
internal sealed record StoredResponse(int Status, Dictionary<string, string> Headers, byte[] Body);

/// <summary>
/// Encrypts stored responses and fingerprints requests with the idempotency key, of which the database has only the hash: responses
/// contain tokens, and requests contain passwords. A client that has the key may read the response.
/// </summary>
internal sealed class ResponseProtector(string key)
{
    private readonly byte[] _key = Encoding.ASCII.GetBytes(key);

    /// <summary>SHA-256 of the key, under which the record is stored.</summary>
    public byte[] KeyHash { get; } = SHA256.HashData(Encoding.ASCII.GetBytes(key));

    /// <summary>An HMAC that is equal only for equal requests.</summary>
    public byte[] FingerprintOf(string method, string address, ReadOnlySpan<byte> body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Derive("fingerprint"));
        hash.AppendData(Encoding.UTF8.GetBytes($"{method} {address}\n"));
        hash.AppendData(body);
        return hash.GetHashAndReset();
    }

    /// <summary>Encrypts a response with AES-GCM.</summary>
    public byte[] Protect(StoredResponse response)
    {
        var plaintext = JsonSerializer.SerializeToUtf8Bytes(response);
        var result = new byte[AesGcm.NonceByteSizes.MaxSize + AesGcm.TagByteSizes.MaxSize + plaintext.Length];
        var (nonce, tag, ciphertext) = Split(result);
        RandomNumberGenerator.Fill(nonce.Span);
        using var aes = new AesGcm(Derive("answer"), tag.Length);
        aes.Encrypt(nonce.Span, plaintext, ciphertext.Span, tag.Span);
        return result;
    }

    /// <summary>Decrypts a response.</summary>
    public StoredResponse Unprotect(byte[] protectedResponse)
    {
        var (nonce, tag, ciphertext) = Split(protectedResponse);
        var plaintext = new byte[ciphertext.Length];
        using var aes = new AesGcm(Derive("answer"), tag.Length);
        aes.Decrypt(nonce.Span, ciphertext.Span, tag.Span, plaintext);
        return JsonSerializer.Deserialize<StoredResponse>(plaintext)!;
    }

    private static (Memory<byte> Nonce, Memory<byte> Tag, Memory<byte> Ciphertext) Split(Memory<byte> bytes)
    {
        var (nonce, tag) = (AesGcm.NonceByteSizes.MaxSize, AesGcm.TagByteSizes.MaxSize);
        return (bytes[..nonce], bytes.Slice(nonce, tag), bytes[(nonce + tag)..]);
    }

    private byte[] Derive(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, 32, info: Encoding.ASCII.GetBytes(purpose));
}
