using Microsoft.AspNetCore.Authentication;

namespace ScaleUp.Api.Sessions;

internal static class SessionExtensions
{
    public static void AddSessions(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddAuthentication(SessionAuthenticationHandler.SchemeName)
            .AddScheme<AuthenticationSchemeOptions, SessionAuthenticationHandler>(SessionAuthenticationHandler.SchemeName, null);
        builder.Services.AddAuthorizationBuilder()
            .AddPolicy(Caller.AdministratorPolicy, policy => policy.RequireAuthenticatedUser().RequireClaim(Caller.AdministratorClaim, "true"));
    }

    /// <summary>Finds out who asks, and whether they may. What a session needs of the database is bounded by the deadline, so that comes before.</summary>
    public static void UseSessions(this WebApplication app)
    {
        app.UseAuthentication();
        app.UseAuthorization();
    }
}
