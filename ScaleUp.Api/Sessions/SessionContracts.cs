using System.ComponentModel.DataAnnotations;
using ScaleUp.Api.Errors;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Sessions;

/// <summary>Credentials of a user who signs in.</summary>
public sealed record SignIn
{
    /// <summary>The user name, in upper or lower case.</summary>
    /// <example>ada.brandt</example>
    [Required(ErrorMessage = "Enter your user name.")]
    [MaxLength(User.MaxNameLength, ErrorMessage = "A user name has at most 32 characters.")]
    public string UserName { get; init; } = "";

    /// <summary>The password, at most 128 characters.</summary>
    /// <example>correct horse battery staple</example>
    [Required(ErrorMessage = "Enter your password.")]
    [MaxLength(PasswordAttribute.MaxLength, ErrorMessage = "A password has at most 128 characters.")]
    public string Password { get; init; } = "";

    /// <summary>Description of the device for the user's list of sessions, at most 200 characters.</summary>
    /// <example>Firefox on Linux</example>
    [OneLine(Session.MaxDeviceLength, AllowEmpty = true)]
    public string Device { get; init; } = "";

    /// <summary>
    /// Device tokens of earlier sessions on this device, of any account, separated by spaces. With a token of this account, password
    /// guesses made elsewhere do not throttle this sign-in.
    /// </summary>
    /// <example>0qv3m2yJx1b8Zk5sT7uWcE4nR6aPdGhLfO9iKjVtXwQ</example>
    [OneLine(400, AllowEmpty = true)]
    public string DeviceTokens { get; init; } = "";
}

/// <summary>A new session.</summary>
/// <param name="Token">The token to send as <c>Authorization: Bearer</c>; it is returned only here.</param>
/// <param name="ExpiresAt">When the session expires unless it is used before.</param>
/// <param name="User">The signed-in user.</param>
/// <param name="DeviceToken">A token to keep on this device beyond the session, and to send with the next sign-in.</param>
public sealed record NewSession(string Token, DateTimeOffset ExpiresAt, Account User, string DeviceToken);

/// <summary>The session of the request.</summary>
/// <param name="Id">Its permanent id.</param>
/// <param name="CreatedAt">When the user signed in.</param>
/// <param name="LastSeenAt">When it was last used, to the minute.</param>
/// <param name="ExpiresAt">When it expires unless it is used before.</param>
/// <param name="Device">The client's description of its device.</param>
/// <param name="User">The signed-in user.</param>
public sealed record CurrentSession(
    Guid Id, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, DateTimeOffset ExpiresAt, string Device, Account User);

/// <summary>A session in the user's own list.</summary>
/// <param name="Id">Its id, for revoking it.</param>
/// <param name="Device">The client's description of its device.</param>
/// <param name="CreatedAt">When the user signed in.</param>
/// <param name="LastSeenAt">When it was last used, to the minute.</param>
/// <param name="IsCurrent">Whether it is the session of this request.</param>
public sealed record ListedSession(Guid Id, string Device, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, bool IsCurrent);
