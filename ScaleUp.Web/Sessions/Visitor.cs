namespace ScaleUp.Web.Sessions;

/// <summary>The visitor's account.</summary>
/// <param name="UserName">The name to sign in with.</param>
/// <param name="DisplayName">The name shown to other visitors.</param>
/// <param name="IsAdministrator">Whether this user may hide content and block users.</param>
public sealed record Account(string UserName, string DisplayName, bool IsAdministrator);

/// <summary>The visitor who sent this request. One instance per request.</summary>
public sealed class Visitor
{
    /// <summary>The session token; null for anonymous visitors.</summary>
    public string? Token { get; internal set; }

    /// <summary>The account; null for anonymous visitors, and while the API is unavailable.</summary>
    public Account? Account { get; internal set; }

    /// <summary>Whether the visitor has a session token that the API has not validated, because it is unavailable.</summary>
    public bool IsUnknown => Token is not null && Account is null;

    /// <summary>Whether the visitor has a session token; the API decides whether it is valid.</summary>
    public bool HasSession => Token is not null;

    /// <summary>Whether the visitor has this user name.</summary>
    public bool Is(string userName) =>
        Account is { } account && string.Equals(account.UserName, userName, StringComparison.OrdinalIgnoreCase);
}
