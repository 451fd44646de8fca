using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace ScaleUp.Api.DataProtection;

/// <summary>Authenticates web servers by their <see cref="ServiceKey"/>.</summary>
internal sealed class ServiceKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>The policy of endpoints for web servers only; the scheme has the same name.</summary>
    public const string Policy = "web-server";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(ServiceKey.IsSent(Request)
        ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(Policy)), Policy))
        : AuthenticateResult.Fail($"The header {ServiceKey.HeaderName} must have the key of the web servers."));
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
