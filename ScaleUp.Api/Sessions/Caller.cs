using System.Security.Claims;

namespace ScaleUp.Api.Sessions;

/// <summary>Who sends the request, as the session of its token says.</summary>
internal static class Caller
{
    public const string SessionClaim = "session";
    public const string AdministratorClaim = "administrator";

    /// <summary>The policy of endpoints for administrators only.</summary>
    public const string AdministratorPolicy = "administrator";

    /// <summary>The user's id; <see cref="Guid.Empty"/>, which no user has, for somebody who is not signed in.</summary>
    public static Guid UserId(this ClaimsPrincipal caller) =>
        Guid.TryParse(caller.FindFirstValue(ClaimTypes.NameIdentifier), out var id) ? id : Guid.Empty;

    /// <summary>The id of the session; <see cref="Guid.Empty"/> without one.</summary>
    public static Guid SessionId(this ClaimsPrincipal caller) =>
        Guid.TryParse(caller.FindFirstValue(SessionClaim), out var id) ? id : Guid.Empty;

    public static bool IsAdministrator(this ClaimsPrincipal caller) => caller.HasClaim(AdministratorClaim, "true");
}
