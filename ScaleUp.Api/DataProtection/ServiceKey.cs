using System.Security.Cryptography;
using System.Text;

namespace ScaleUp.Api.DataProtection;

/// <summary>The secret that web servers send in the header <c>X-Service-Key</c>: the setting <c>Services:Web:Key</c>. Without the setting no request has it.</summary>
internal static class ServiceKey
{
    public const string HeaderName = "X-Service-Key";
    private const string SettingName = "Services:Web:Key";

    /// <summary>Whether a request comes from a web server.</summary>
    public static bool IsSent(HttpRequest request)
    {
        var expected = request.HttpContext.RequestServices.GetRequiredService<IConfiguration>()[SettingName];
        return !string.IsNullOrEmpty(expected) && CryptographicOperations.FixedTimeEquals(Hash(expected), Hash(request.Headers[HeaderName].ToString()));
    }

    // Hashes have one length, so that the comparison reveals nothing about the key's.
    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
