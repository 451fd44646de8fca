using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Aspire.Hosting.HAProxy;

/// <summary>Reads the certificate of the load balancers as PEM text with the private key, which is HAProxy's format.</summary>
internal static class HAProxyCertificate
{
    // Identifies the ASP.NET Core development certificate (src/Shared/CertificateGeneration/CertificateManager.cs in dotnet/aspnetcore).
    private const string DevelopmentOid = "1.3.6.1.4.1.311.84.1.1";

    /// <exception cref="DistributedApplicationException">The file does not exist or is invalid.</exception>
    public static string Read(string path)
    {
        try
        {
            using var certificate = X509Certificate2.CreateFromPemFile(path);
            ThrowIfNotValidNow(certificate, path);
            return File.ReadAllText(path);
        }
        catch (Exception ex) when (ex is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new DistributedApplicationException(
                $"The load balancers' certificate cannot be read from '{path}': {ex.Message} " +
                "It must be a PEM file with the certificate and its unencrypted private key.",
                ex);
        }
    }

    /// <exception cref="DistributedApplicationException">There is no development certificate, or its key cannot be exported.</exception>
    public static string FindDevelopment()
    {
        using var store = new X509Store(StoreName.My, StoreLocation.CurrentUser, OpenFlags.ReadOnly);
        var now = DateTime.Now;
        using var certificate = store.Certificates
            .Where(c => c.HasPrivateKey && c.NotBefore <= now && c.NotAfter > now && c.Extensions.Any(e => e.Oid?.Value == DevelopmentOid))
            .OrderByDescending(c => c.NotAfter)
            .FirstOrDefault() ?? throw new DistributedApplicationException(
                "The load balancers need a certificate. Create the ASP.NET Core development certificate with " +
                "'dotnet dev-certs https --trust', or specify a PEM file.");
        try
        {
            using var key = (AsymmetricAlgorithm?)certificate.GetRSAPrivateKey() ?? certificate.GetECDsaPrivateKey();
            return $"{certificate.ExportCertificatePem()}\n{key!.ExportPkcs8PrivateKeyPem()}\n";
        }
        catch (CryptographicException ex)
        {
            throw new DistributedApplicationException(
                "The key of the ASP.NET Core development certificate cannot be exported from this machine's store: " +
                $"{ex.Message} Export it with 'dotnet dev-certs https --format PEM --no-password --export-path FILE', " +
                "and specify a PEM file with the certificate and the key.",
                ex);
        }
    }

    private static void ThrowIfNotValidNow(X509Certificate2 certificate, string path)
    {
        var (from, until, now) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime(), DateTime.UtcNow);
        if (until <= now)
        {
            throw new DistributedApplicationException(
                $"The load balancers' certificate in '{path}' expired at {until:u}. Renew it, or specify another PEM file.");
        }

        if (from > now)
        {
            throw new DistributedApplicationException(
                $"The load balancers' certificate in '{path}' is not valid before {from:u}. Check this machine's clock, or specify " +
                "another PEM file.");
        }
    }
}
