using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace ScaleUp.Api.DataProtection;

/// <summary>
/// Knows web servers by the header <c>X-Service-Key</c>, which must be the setting <c>Services:Web:Key</c>. Without the setting
/// nobody is one.
/// </summary>
internal sealed class ServiceKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IConfiguration configuration)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>The policy of endpoints for web servers only; the scheme has the same name.</summary>
    public const string Policy = "web-server";
    private const string HeaderName = "X-Service-Key";
    private const string SettingName = "Services:Web:Key";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var expected = configuration[SettingName];
        var given = Request.Headers[HeaderName].ToString();
        return Task.FromResult(!string.IsNullOrEmpty(expected) && CryptographicOperations.FixedTimeEquals(Hash(expected), Hash(given))
            ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(Policy)), Policy))
            : AuthenticateResult.Fail($"The header {HeaderName} must have the key of the web servers."));
    }

    // Hashes are of one length, so that the comparison tells nothing of the key's.
    private static byte[] Hash(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}

internal static class ServiceKeyExtensions
{
    public static void AddServiceKeys(this WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, ServiceKeyHandler>(ServiceKeyHandler.Policy, null);
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(ServiceKeyHandler.Policy, policy => policy.AddAuthenticationSchemes(ServiceKeyHandler.Policy).RequireAuthenticatedUser());
    }
}
