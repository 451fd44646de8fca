using System.Security.Cryptography;
using ScaleUp.Web.Security;

namespace ScaleUp.Tests.Website;

/// <summary>Data-protection keys are encrypted at rest.</summary>
public sealed class KeyEncryptionTests
{
    private const string Key = "<masterKey>c2VjcmV0</masterKey>";

    [Fact]
    public void A_key_is_decrypted_with_its_service_key() =>
        Assert.Equal(Key, KeyEncryption.Decrypt(KeyEncryption.Encrypt(Key, "a service key"), "a service key"));

    [Fact]
    public void A_different_service_key_cannot_decrypt_a_key() =>
        Assert.ThrowsAny<CryptographicException>(() => KeyEncryption.Decrypt(KeyEncryption.Encrypt(Key, "a service key"), "another"));

    [Fact]
    public void A_modified_key_is_rejected()
    {
        var encrypted = KeyEncryption.Encrypt(Key, "a service key");
        encrypted[^1] ^= 1;

        Assert.ThrowsAny<CryptographicException>(() => KeyEncryption.Decrypt(encrypted, "a service key"));
    }

    [Fact]
    public void A_truncated_key_is_rejected() =>
        Assert.ThrowsAny<CryptographicException>(() => KeyEncryption.Decrypt([1, 2, 3], "a service key"));
}
