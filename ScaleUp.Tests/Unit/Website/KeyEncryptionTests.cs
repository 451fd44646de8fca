using System.Security.Cryptography;
using ScaleUp.Web.Security;

namespace ScaleUp.Tests.Website;

/// <summary>Data-protection keys are encrypted at rest.</summary>
public sealed class KeyEncryptionTests
{
    private const string Key = "<masterKey>c2VjcmV0</masterKey>";

    [Fact]
    public void A_key_is_read_with_the_service_key_it_was_encrypted_with() =>
        Assert.Equal(Key, KeyEncryption.Decrypt(KeyEncryption.Encrypt(Key, "a service key"), "a service key"));

    [Fact]
    public void Another_service_key_does_not_read_it() =>
        Assert.ThrowsAny<CryptographicException>(() => KeyEncryption.Decrypt(KeyEncryption.Encrypt(Key, "a service key"), "another"));

    [Fact]
    public void A_changed_key_is_refused()
    {
        var encrypted = KeyEncryption.Encrypt(Key, "a service key");
        encrypted[^1] ^= 1;

        Assert.ThrowsAny<CryptographicException>(() => KeyEncryption.Decrypt(encrypted, "a service key"));
    }

    [Fact]
    public void A_truncated_key_is_refused() =>
        Assert.ThrowsAny<CryptographicException>(() => KeyEncryption.Decrypt([1, 2, 3], "a service key"));
}
