using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Self-signed certificates for localhost with their private key, as PEM.</summary>
internal static class TestCertificate
{
    private static readonly Lazy<string> s_pem = new(NewEcdsa);

    /// <summary>The certificate of the load balancers in these tests.</summary>
    public static string Pem => s_pem.Value;

    /// <summary>Whether a certificate is <see cref="Pem"/>.</summary>
    public static bool Is(X509Certificate? certificate)
    {
        using var expected = X509Certificate2.CreateFromPem(Pem);
        return expected.Equals(certificate);
    }

    public static string NewRsa() => NewRsa(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));

    public static string NewRsa(DateTimeOffset from, DateTimeOffset until)
    {
        using var key = RSA.Create(2048);
        using var certificate = New(key, from, until);
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }

    public static string NewEcdsa()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var certificate = ForLocalhost(new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256))
            .CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    }

    public static X509Certificate2 New(RSA key, DateTimeOffset from, DateTimeOffset until) =>
        ForLocalhost(new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))
            .CreateSelfSigned(from, until);

    private static CertificateRequest ForLocalhost(CertificateRequest request)
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        return request;
    }
}
