using Microsoft.AspNetCore.Authentication;

namespace ScaleUp.Api.Sessions;

internal static class SessionExtensions
{
    public static void AddSessions(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddAuthentication(SessionAuthenticationHandler.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, SessionAuthenticationHandler>(SessionAuthenticationHandler.SchemeName, null);
        builder.Services.AddAuthorizationBuilder().AddPolicy(
            Caller.AdministratorPolicy, policy => policy.RequireAuthenticatedUser().RequireClaim(Caller.AdministratorClaim, "true"));
    }

    /// <summary>Authenticates and authorizes requests; call it after the deadline, which bounds the session's query.</summary>
    public static void UseSessions(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseAuthorization();
    }
}
