using System.Security.Cryptography;
using System.Text;

namespace ScaleUp.Api.DataProtection;

/// <summary>
/// Lets in web servers only, known by the header <c>X-Service-Key</c>, which must be the setting <c>Services:Web:Key</c>. Without
/// the setting nobody is let in.
/// </summary>
internal sealed class ServiceKeyFilter(IConfiguration configuration) : IEndpointFilter
{
    private const string HeaderName = "X-Service-Key";
    private const string SettingName = "Services:Web:Key";

    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var expected = configuration[SettingName];
        var given = context.HttpContext.Request.Headers[HeaderName].ToString();
        return !string.IsNullOrEmpty(expected) && CryptographicOperations.FixedTimeEquals(Hash(expected), Hash(given))
            ? await next(context)
            : TypedResults.Problem($"The header {HeaderName} must have the key of the web servers.", statusCode: StatusCodes.Status401Unauthorized);
    }

    // Hashes are of one length, so that the comparison tells nothing of the key's.
    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
