using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using ScaleUp.Api.Data;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Sessions;

/// <summary>
/// Authenticates callers by the bearer token of their session. It queries the database for each request, so that revoking a session or
/// blocking its user takes effect immediately on every server. It sets the request's <see cref="CurrentSession"/> feature.
/// </summary>
internal sealed class SessionAuthenticationHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder,
    ScaleUpDbContext database, TimeProvider clock)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "Session";
    private const string Prefix = "Bearer ";

    /// <summary>Precision of "last seen": updating it rarely avoids a write for each read.</summary>
    private static readonly TimeSpan s_seenInterval = TimeSpan.FromMinutes(1);

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
        {
            return AuthenticateResult.NoResult();
        }

        var now = clock.Now();
        var session = SessionToken.HashOf(header[Prefix.Length..].Trim()) is not { } hash ? null : await database.Sessions
            .Where(s => s.TokenHash == hash && s.ExpiresAt > now && s.User!.BlockedAt == null)
            .Select(s => new CurrentSession(s.Id, s.CreatedAt, s.LastSeenAt, s.ExpiresAt, s.Device,
                new Account(s.UserId, s.User!.UserName!, s.User.DisplayName, s.User.IsAdministrator)))
            .FirstOrDefaultAsync(Context.RequestAborted);
        if (session is null)
        {
            return AuthenticateResult.Fail("The session has expired or was ended.");
        }

        if (session.LastSeenAt < now - s_seenInterval)
        {
            var expires = Session.ExpiryOf(session.CreatedAt, now);
            await database.Sessions.Where(s => s.Id == session.Id).ExecuteUpdateAsync(
                set => set.SetProperty(s => s.LastSeenAt, now).SetProperty(s => s.ExpiresAt, expires), Context.RequestAborted);
            session = session with { LastSeenAt = now, ExpiresAt = expires };
        }

        var identity = new ClaimsIdentity(SchemeName);
        identity.AddClaim(new Claim(ClaimTypes.NameIdentifier, session.User.Id.ToString()));
        identity.AddClaim(new Claim(ClaimTypes.Name, session.User.UserName));
        identity.AddClaim(new Claim(Caller.SessionClaim, session.Id.ToString()));
        if (session.User.IsAdministrator)
        {
            identity.AddClaim(new Claim(Caller.AdministratorClaim, "true"));
        }

        Context.Features.Set(session);
        return AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return base.HandleChallengeAsync(properties);
    }
}
