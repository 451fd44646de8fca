using System.Security.Cryptography;
using System.Text;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.DataProtection;

/// <summary>
/// The secret that web servers send in the header <see cref="HttpHeaderNames.ServiceKey"/>: the setting <c>Services:Web:Key</c>.
/// Without the setting, no request is accepted as a web server's.
/// </summary>
internal static class ServiceKey
{
    private const string SettingName = "Services:Web:Key";

    /// <summary>Whether the request has the service key, and so comes from a web server.</summary>
    public static bool IsSent(HttpRequest request)
    {
        var expected = request.HttpContext.RequestServices.GetRequiredService<IConfiguration>()[SettingName];
        var actual = request.Headers[HttpHeaderNames.ServiceKey].ToString();
        return !string.IsNullOrEmpty(expected) && CryptographicOperations.FixedTimeEquals(Hash(expected), Hash(actual));
    }

    // Hashes have equal lengths, so that the comparison does not reveal the length of the key.
    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
