using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.DataProtection;

/// <summary>Authenticates web servers by their <see cref="ServiceKey"/>.</summary>
internal sealed class ServiceKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    /// <summary>Name of the policy for endpoints that only web servers may call, and of its authentication scheme.</summary>
    public const string Policy = "web-server";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync() => Task.FromResult(ServiceKey.IsSent(Request)
        ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ClaimsIdentity(Policy)), Policy))
        : AuthenticateResult.Fail($"The header {HttpHeaderNames.ServiceKey} is missing or has a wrong key."));
}

internal static class ServiceKeyExtensions
{
    public static void AddServiceKeys(this WebApplicationBuilder builder)
    {
        builder.Services.AddAuthentication().AddScheme<AuthenticationSchemeOptions, ServiceKeyHandler>(ServiceKeyHandler.Policy, null);
        builder.Services.AddAuthorizationBuilder().AddPolicy(
            ServiceKeyHandler.Policy, policy => policy.AddAuthenticationSchemes(ServiceKeyHandler.Policy).RequireAuthenticatedUser());
    }
}
