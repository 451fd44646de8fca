namespace ScaleUp.Web.Sessions;

/// <summary>A user's own account.</summary>
/// <param name="UserName">The name to sign in with.</param>
/// <param name="DisplayName">The name that readers see.</param>
/// <param name="IsAdministrator">Whether this user may hide content and block users.</param>
public sealed record Account(string UserName, string DisplayName, bool IsAdministrator);

/// <summary>Who sends this request. One instance a request.</summary>
public sealed class Visitor
{
    /// <summary>The token of the session; null for somebody who is not signed in.</summary>
    public string? Token { get; internal set; }

    /// <summary>The account; null for somebody who is not signed in, or while nobody can tell.</summary>
    public Account? Account { get; internal set; }

    /// <summary>There is a token, and no application server that could say whose it is.</summary>
    public bool IsUnknown => Token is not null && Account is null;

    /// <summary>Whether this visitor may try what only a user may; the application servers have the last word.</summary>
    public bool MayTry => Token is not null;

    /// <summary>Whether something is this visitor's own.</summary>
    public bool Is(string userName) => Account is { } account && string.Equals(account.UserName, userName, StringComparison.OrdinalIgnoreCase);
}
