using System.Security.Claims;

namespace ScaleUp.Api.Sessions;

/// <summary>Reads the caller's identity from the claims of the session.</summary>
internal static class Caller
{
    public const string SessionClaim = "session";
    public const string AdministratorClaim = "administrator";

    /// <summary>Name of the policy for endpoints that only administrators may call.</summary>
    public const string AdministratorPolicy = "administrator";

    /// <summary>The user's id; <see cref="Guid.Empty"/>, which no user has, for an anonymous caller.</summary>
    public static Guid UserId(this ClaimsPrincipal caller) =>
        Guid.TryParse(caller.FindFirstValue(ClaimTypes.NameIdentifier), out var id) ? id : Guid.Empty;

    /// <summary>The id of the session; <see cref="Guid.Empty"/> for an anonymous caller.</summary>
    public static Guid SessionId(this ClaimsPrincipal caller) =>
        Guid.TryParse(caller.FindFirstValue(SessionClaim), out var id) ? id : Guid.Empty;

    public static bool IsAdministrator(this ClaimsPrincipal caller) => caller.HasClaim(AdministratorClaim, "true");
}
