using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Aspire.Hosting.HAProxy;

/// <summary>The certificate of the load balancers: PEM text with the private key in it, as HAProxy wants it.</summary>
internal static class HAProxyCertificate
{
    // What marks the ASP.NET Core development certificate: src/Shared/CertificateGeneration/CertificateManager.cs of dotnet/aspnetcore.
    private const string DevelopmentOid = "1.3.6.1.4.1.311.84.1.1";

    /// <exception cref="DistributedApplicationException">The file is not there, or not what it has to be.</exception>
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
                $"The load balancers' certificate cannot be read from '{path}': {ex.Message} It must be a PEM file with the certificate and its private key, not encrypted.", ex);
        }
    }

    /// <exception cref="DistributedApplicationException">There is none, or its key cannot be had.</exception>
    public static string FindDevelopment()
    {
        using var store = new X509Store(StoreName.My, StoreLocation.CurrentUser, OpenFlags.ReadOnly);
        var now = DateTime.Now;
        using var certificate = store.Certificates
            .Where(c => c.HasPrivateKey && c.NotBefore <= now && c.NotAfter > now && c.Extensions.Any(e => e.Oid?.Value == DevelopmentOid))
            .OrderByDescending(c => c.NotAfter)
            .FirstOrDefault() ?? throw new DistributedApplicationException(
                "The load balancers need a certificate: make the ASP.NET Core development certificate with 'dotnet dev-certs https --trust', or name a PEM file.");
        try
        {
            using var key = (AsymmetricAlgorithm?)certificate.GetRSAPrivateKey() ?? certificate.GetECDsaPrivateKey();
            return $"{certificate.ExportCertificatePem()}\n{key!.ExportPkcs8PrivateKeyPem()}\n";
        }
        catch (CryptographicException ex)
        {
            throw new DistributedApplicationException(
                $"The key of the ASP.NET Core development certificate cannot be taken from this machine's store: {ex.Message} Export it with 'dotnet dev-certs https --format PEM --no-password --export-path FILE', and name a PEM file that holds the certificate and the key.", ex);
        }
    }

    private static void ThrowIfNotValidNow(X509Certificate2 certificate, string path)
    {
        var (from, until, now) = (certificate.NotBefore.ToUniversalTime(), certificate.NotAfter.ToUniversalTime(), DateTime.UtcNow);
        if (until <= now)
        {
            throw new DistributedApplicationException($"The load balancers' certificate in '{path}' was valid until {until:u} only. Renew it, or name another PEM file.");
        }

        if (from > now)
        {
            throw new DistributedApplicationException($"The load balancers' certificate in '{path}' is valid from {from:u} only. Set this machine's clock right, or name another PEM file.");
        }
    }
}
