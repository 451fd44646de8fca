using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace ScaleUp.Tests.HAProxy;

/// <summary>A certificate for localhost that signs itself, with its private key, as PEM.</summary>
internal static class TestCertificate
{
    private static readonly Lazy<string> s_pem = new(() =>
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return $"{certificate.ExportCertificatePem()}\n{key.ExportPkcs8PrivateKeyPem()}\n";
    });

    public static string Pem => s_pem.Value;

    public static bool Is(X509Certificate? certificate)
    {
        using var own = X509Certificate2.CreateFromPem(Pem);
        return own.Equals(certificate);
    }
}
