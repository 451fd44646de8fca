using System.Security.Cryptography;
using Aspire.Hosting;
using Aspire.Hosting.HAProxy;

namespace ScaleUp.Tests.HAProxy;

/// <summary>A certificate that HAProxy cannot use fails startup with an error that says how to fix it.</summary>
public sealed class CertificateTests : IDisposable
{
    private const string Remedy = "It must be a PEM file with the certificate and its unencrypted private key.";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("scaleup-certificate");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_certificate_with_its_key_is_used_unchanged(bool isEcdsa)
    {
        var pem = isEcdsa ? TestCertificate.NewEcdsa() : TestCertificate.NewRsa();

        Assert.Equal(pem, HAProxyCertificate.Read(Write(pem)));
    }

    [Fact]
    public void Intermediate_certificates_may_follow()
    {
        var pem = TestCertificate.NewRsa() + TestCertificate.NewRsa().Split("-----BEGIN PRIVATE KEY", 2)[0];

        Assert.Equal(pem, HAProxyCertificate.Read(Write(pem)));
    }

    [Fact]
    public void A_missing_file_is_named() => AssertRejected(Path.Combine(_folder.FullName, "absent.pem"), "Could not find file", Remedy);

    [Fact]
    public void A_folder_is_rejected() => AssertRejected(_folder.FullName, Remedy);

    [Fact]
    public void An_empty_path_is_rejected() => AssertRejected("", Remedy);

    [Theory]
    [InlineData("")]
    [InlineData("not a certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void A_file_without_a_valid_certificate_is_rejected(string text) => AssertRejected(Write(text), Remedy);

    [Fact]
    public void A_certificate_without_a_key_is_rejected() =>
        AssertRejected(Write(TestCertificate.NewRsa().Split("-----BEGIN PRIVATE KEY", 2)[0]), Remedy);

    [Fact]
    public void A_key_that_does_not_belong_to_the_certificate_is_rejected()
    {
        var (first, second) = (TestCertificate.NewRsa(), TestCertificate.NewRsa());

        AssertRejected(
            Write(first.Split("-----BEGIN PRIVATE KEY", 2)[0] + "-----BEGIN PRIVATE KEY" + second.Split("-----BEGIN PRIVATE KEY", 2)[1]),
            Remedy);
    }

    [Fact]
    public void An_encrypted_key_is_rejected()
    {
        using var key = RSA.Create(2048);
        using var certificate = TestCertificate.New(key, DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        var encrypted = key.ExportEncryptedPkcs8PrivateKeyPem(
            "password", new PbeParameters(PbeEncryptionAlgorithm.Aes256Cbc, HashAlgorithmName.SHA256, 1000));

        AssertRejected(Write($"{certificate.ExportCertificatePem()}\n{encrypted}\n"), "unencrypted");
    }

    [Fact]
    public void An_expired_certificate_is_rejected() => AssertRejected(
        Write(TestCertificate.NewRsa(
            new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2020, 12, 31, 22, 30, 0, TimeSpan.Zero))),
        "expired at 2020-12-31 22:30:00Z", "Renew it");

    [Fact]
    public void A_certificate_that_is_not_yet_valid_is_rejected() => AssertRejected(
        Write(TestCertificate.NewRsa(
            new DateTimeOffset(2098, 1, 1, 0, 0, 0, TimeSpan.Zero), new DateTimeOffset(2099, 1, 1, 0, 0, 0, TimeSpan.Zero))),
        "not valid before 2098-01-01 00:00:00Z", "clock");

    private static void AssertRejected(string path, params string[] expected)
    {
        var exception = Assert.Throws<DistributedApplicationException>(() => HAProxyCertificate.Read(path));

        Assert.Contains(path, exception.Message);
        Assert.All(expected, part => Assert.Contains(part, exception.Message));
    }

    private string Write(string text)
    {
        var path = Path.Combine(_folder.FullName, "certificate.pem");
        File.WriteAllText(path, text);
        return path;
    }
}
