using System.ComponentModel.DataAnnotations;
using ScaleUp.Api.Errors;

namespace ScaleUp.Api.Users;

/// <summary>A new account.</summary>
public sealed record Registration
{
    /// <summary>3 to 32 ASCII letters, digits, '.', '_' and '-', starting with a letter or digit; unique, ignoring case.</summary>
    /// <example>ada.brandt</example>
    [Required(ErrorMessage = "Enter a user name.")]
    [RegularExpression(
        "[A-Za-z0-9][A-Za-z0-9._-]{2,31}",
        ErrorMessage = "A user name has 3 to 32 letters (A to Z), digits, '.', '_' and '-', and starts with a letter or digit.")]
    public string UserName { get; init; } = "";

    /// <summary>The public display name, 1 to 64 characters.</summary>
    /// <example>Ada Brandt</example>
    [OneLine(User.MaxDisplayNameLength)]
    public string DisplayName { get; init; } = "";

    /// <summary>12 to 128 characters.</summary>
    /// <example>correct horse battery staple</example>
    [Password]
    public string Password { get; init; } = "";
}

/// <summary>A change of the user's own account.</summary>
public sealed record AccountChange
{
    /// <summary>The public display name, 1 to 64 characters.</summary>
    /// <example>Ada Brandt</example>
    [OneLine(User.MaxDisplayNameLength)]
    public string DisplayName { get; init; } = "";
}

/// <summary>A change of the user's own password, which requires the current one.</summary>
public sealed record PasswordChange
{
    /// <summary>The current password.</summary>
    /// <example>correct horse battery staple</example>
    [Required(ErrorMessage = "Enter your current password.")]
    public string CurrentPassword { get; init; } = "";

    /// <summary>The new password, 12 to 128 characters.</summary>
    /// <example>another horse, another battery</example>
    [Password]
    public string NewPassword { get; init; } = "";
}

/// <summary>A moderation action of an administrator: blocking a user or hiding content.</summary>
public sealed record ModerationRequest
{
    /// <summary>The reason, 1 to 500 characters; stored with the action.</summary>
    /// <example>Advertising.</example>
    [OneLine(500)]
    public string Reason { get; init; } = "";
}

/// <summary>A user's own account.</summary>
/// <param name="Id">Its permanent id.</param>
/// <param name="UserName">The name to sign in with.</param>
/// <param name="DisplayName">The public display name.</param>
/// <param name="IsAdministrator">Whether this user may hide content and block users.</param>
public sealed record Account(Guid Id, string UserName, string DisplayName, bool IsAdministrator);

/// <summary>The author of an article or comment.</summary>
/// <param name="UserName">The name in URLs.</param>
/// <param name="DisplayName">The public display name.</param>
public sealed record Author(string UserName, string DisplayName);

/// <summary>The public profile of a user.</summary>
/// <param name="UserName">The name in URLs.</param>
/// <param name="DisplayName">The public display name.</param>
/// <param name="JoinedAt">When they registered.</param>
/// <param name="ArticleCount">Number of their public articles.</param>
public sealed record Profile(string UserName, string DisplayName, DateTimeOffset JoinedAt, int ArticleCount);

/// <summary>A user in the administrators' list.</summary>
/// <param name="UserName">The name in URLs.</param>
/// <param name="DisplayName">The public display name.</param>
/// <param name="JoinedAt">When they registered.</param>
/// <param name="IsAdministrator">Whether they may hide content and block users.</param>
/// <param name="BlockedAt">When they were blocked; null if they are not.</param>
/// <param name="BlockReason">Why they were blocked.</param>
/// <param name="BlockedBy">The user name of the administrator who blocked them.</param>
public sealed record ListedUser(
    string UserName, string DisplayName, DateTimeOffset JoinedAt, bool IsAdministrator,
    DateTimeOffset? BlockedAt, string? BlockReason, string? BlockedBy);
