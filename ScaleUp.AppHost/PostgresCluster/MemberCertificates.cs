using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Aspire.Hosting.PostgresCluster;

/// <summary>
/// Generates a certificate for each member, signed by a certificate authority that exists for this run only. The etcd members, which have
/// no passwords, trust certificates of this authority. Its key is not stored: all members get their files when their containers are
/// created.
/// </summary>
internal sealed class MemberCertificates
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private static readonly TimeSpan s_lifetime = TimeSpan.FromDays(365);
    private readonly Dictionary<string, (string Certificate, string Key)> _members = [];

    public MemberCertificates(IEnumerable<string> members)
    {
        var now = DateTimeOffset.UtcNow;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=PostgreSQL cluster", key, HashAlgorithmName.SHA256);
        AddConstraints(request, isAuthority: true, X509KeyUsageFlags.KeyCertSign);
        // The clock of a container may be behind the clock of this machine.
        using var authority = request.CreateSelfSigned(now.AddHours(-1), now.Add(s_lifetime));
        Authority = authority.ExportCertificatePem();
        foreach (var member in members)
        {
            _members.Add(member, Sign(authority, member));
        }
    }

    /// <summary>The authority's certificate, as PEM.</summary>
    public string Authority { get; }

    /// <summary>A member's certificate and private key, as PEM.</summary>
    public (string Certificate, string Key) this[string member] => _members[member];

    private static (string Certificate, string Key) Sign(X509Certificate2 authority, string member)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={member}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(member);
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        AddConstraints(request, isAuthority: false, X509KeyUsageFlags.DigitalSignature);
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new(ServerAuthentication), new(ClientAuthentication)], critical: false));
        request.CertificateExtensions.Add(
            X509AuthorityKeyIdentifierExtension.CreateFromCertificate(
                authority, includeKeyIdentifier: true, includeIssuerAndSerial: false));
        using var certificate = request.Create(
            authority, authority.NotBefore, authority.NotAfter, RandomNumberGenerator.GetBytes(16));
        return (certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    private static void AddConstraints(CertificateRequest request, bool isAuthority, X509KeyUsageFlags usages)
    {
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(isAuthority, hasPathLengthConstraint: false, pathLengthConstraint: 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(usages, critical: true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, critical: false));
    }
}
