using System.ComponentModel.DataAnnotations;
using ScaleUp.Api.Errors;

namespace ScaleUp.Api.Users;

/// <summary>Who is to be registered.</summary>
public sealed record Registration
{
    /// <summary>3 to 32 letters, digits, '.', '_' and '-', the first a letter or digit; unique whatever the case.</summary>
    /// <example>ada.brandt</example>
    [Required(ErrorMessage = "A user name is needed.")]
    [RegularExpression("[A-Za-z0-9][A-Za-z0-9._-]{2,31}", ErrorMessage = "A user name has 3 to 32 letters, digits, '.', '_' and '-', and begins with a letter or digit.")]
    public string UserName { get; init; } = "";

    /// <summary>The name that readers see, 1 to 64 characters.</summary>
    /// <example>Ada Brandt</example>
    [OneLine(User.MaxDisplayNameLength)]
    public string DisplayName { get; init; } = "";

    /// <summary>12 to 128 characters.</summary>
    /// <example>correct horse battery staple</example>
    [Password]
    public string Password { get; init; } = "";
}

/// <summary>What a user may change of their account.</summary>
public sealed record AccountChange
{
    /// <summary>The name that readers see, 1 to 64 characters.</summary>
    /// <example>Ada Brandt</example>
    [OneLine(User.MaxDisplayNameLength)]
    public string DisplayName { get; init; } = "";
}

/// <summary>A new password; the current one shows that it is the user who asks.</summary>
public sealed record PasswordChange
{
    /// <summary>The password until now.</summary>
    /// <example>correct horse battery staple</example>
    [Required(ErrorMessage = "The current password is needed.")]
    public string CurrentPassword { get; init; } = "";

    /// <summary>The password from now on, 12 to 128 characters.</summary>
    /// <example>another horse, another battery</example>
    [Password]
    public string NewPassword { get; init; } = "";
}

/// <summary>Why an administrator blocks somebody or hides something.</summary>
public sealed record Reasoned
{
    /// <summary>1 to 500 characters, kept beside what was done.</summary>
    /// <example>Advertising.</example>
    [OneLine(500)]
    public string Reason { get; init; } = "";
}

/// <summary>A user's own account.</summary>
/// <param name="Id">Never changes.</param>
/// <param name="UserName">The name to sign in with.</param>
/// <param name="DisplayName">The name that readers see.</param>
/// <param name="IsAdministrator">Whether this user may hide content and block users.</param>
public sealed record Account(Guid Id, string UserName, string DisplayName, bool IsAdministrator);

/// <summary>Who wrote something.</summary>
/// <param name="UserName">The name in addresses.</param>
/// <param name="DisplayName">The name that readers see.</param>
public sealed record Author(string UserName, string DisplayName);

/// <summary>What everybody may know of a user.</summary>
/// <param name="UserName">The name in addresses.</param>
/// <param name="DisplayName">The name that readers see.</param>
/// <param name="JoinedAt">When they registered.</param>
/// <param name="ArticleCount">How many articles of theirs everybody can read.</param>
public sealed record Profile(string UserName, string DisplayName, DateTimeOffset JoinedAt, int ArticleCount);

/// <summary>A user as administrators see them.</summary>
/// <param name="UserName">The name in addresses.</param>
/// <param name="DisplayName">The name that readers see.</param>
/// <param name="JoinedAt">When they registered.</param>
/// <param name="IsAdministrator">Whether they may hide content and block users.</param>
/// <param name="BlockedAt">When they were blocked; null if they are not.</param>
/// <param name="BlockReason">Why they were blocked.</param>
/// <param name="BlockedBy">The user name of the administrator who blocked them.</param>
public sealed record ListedUser(
    string UserName, string DisplayName, DateTimeOffset JoinedAt, bool IsAdministrator, DateTimeOffset? BlockedAt, string? BlockReason, string? BlockedBy);
