using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;

namespace ScaleUp.Web.Security;

/// <summary>
/// Encrypts data-protection keys at rest with a key derived from the web servers' service key, so that read access to the database
/// is not enough to forge forms. ASP.NET Core supports only certificates, Windows DPAPI and Azure Key Vault.
/// </summary>
internal sealed class KeyEncryptor(string serviceKey) : IXmlEncryptor
{
    /// <inheritdoc />
    public EncryptedXmlInfo Encrypt(XElement plaintextElement) => new(
        new XElement("encryptedKey", Convert.ToBase64String(
            KeyEncryption.Encrypt(plaintextElement.ToString(SaveOptions.DisableFormatting), serviceKey))),
        typeof(KeyDecryptor));
}

/// <summary>
/// Decrypts keys of <see cref="KeyEncryptor"/>. ASP.NET Core creates it by the type name that is stored with the key.
/// </summary>
/// <exception cref="CryptographicException">The key was encrypted with another service key, or was modified.</exception>
internal sealed class KeyDecryptor(IServiceProvider services) : IXmlDecryptor
{
    /// <inheritdoc />
    public XElement Decrypt(XElement encryptedElement) => XElement.Parse(KeyEncryption.Decrypt(
        Convert.FromBase64String(encryptedElement.Value),
        services.GetRequiredService<IConfiguration>()[SharedKeys.ServiceKeySetting]
            ?? throw new CryptographicException($"The setting {SharedKeys.ServiceKeySetting} is missing.")));
}

/// <summary>AES-GCM. Encrypted data consists of nonce, tag and ciphertext.</summary>
internal static class KeyEncryption
{
    private static readonly int s_nonceSize = AesGcm.NonceByteSizes.MaxSize;
    private static readonly int s_tagSize = AesGcm.TagByteSizes.MaxSize;

    public static byte[] Encrypt(string text, string serviceKey)
    {
        var plaintext = Encoding.UTF8.GetBytes(text);
        var result = new byte[s_nonceSize + s_tagSize + plaintext.Length];
        var (nonce, tag, ciphertext) = Split(result);
        RandomNumberGenerator.Fill(nonce.Span);
        using var aes = Create(serviceKey);
        aes.Encrypt(nonce.Span, plaintext, ciphertext.Span, tag.Span);
        return result;
    }

    public static string Decrypt(byte[] encrypted, string serviceKey)
    {
        if (encrypted.Length < s_nonceSize + s_tagSize)
        {
            throw new CryptographicException("The stored key is incomplete.");
        }

        var (nonce, tag, ciphertext) = Split(encrypted);
        var plaintext = new byte[ciphertext.Length];
        using var aes = Create(serviceKey);
        aes.Decrypt(nonce.Span, ciphertext.Span, tag.Span, plaintext);
        return Encoding.UTF8.GetString(plaintext);
    }

    private static (Memory<byte> Nonce, Memory<byte> Tag, Memory<byte> Ciphertext) Split(byte[] all) =>
        (all.AsMemory(0, s_nonceSize), all.AsMemory(s_nonceSize, s_tagSize), all.AsMemory(s_nonceSize + s_tagSize));

    // The service key also authenticates web servers; a derived key separates the two purposes (RFC 5869).
    private static AesGcm Create(string serviceKey)
    {
        var secret = Encoding.UTF8.GetBytes(serviceKey);
        return new(HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, 32, info: "data-protection-keys"u8.ToArray()), s_tagSize);
    }
}
