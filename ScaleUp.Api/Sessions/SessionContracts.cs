using System.ComponentModel.DataAnnotations;
using ScaleUp.Api.Errors;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Sessions;

/// <summary>Who wants to sign in.</summary>
public sealed record SignIn
{
    /// <summary>The name given when registering, in any case.</summary>
    /// <example>ada.brandt</example>
    [Required(ErrorMessage = "A user name is needed.")]
    [MaxLength(User.MaxNameLength, ErrorMessage = "A user name has at most 32 characters.")]
    public string UserName { get; init; } = "";

    /// <summary>The password, at most 128 characters.</summary>
    /// <example>correct horse battery staple</example>
    [Required(ErrorMessage = "A password is needed.")]
    [MaxLength(PasswordAttribute.MaxLength, ErrorMessage = "A password has at most 128 characters.")]
    public string Password { get; init; } = "";

    /// <summary>What the user is to see in the list of sessions, at most 200 characters.</summary>
    /// <example>Firefox on Linux</example>
    [OneLine(Session.MaxDeviceLength, AllowEmpty = true)]
    public string Device { get; init; } = "";

    /// <summary>The device tokens that earlier sessions on this device came with, of any account, separated by spaces. With one of this account, guesses made elsewhere do not delay signing in.</summary>
    /// <example>0qv3m2yJx1b8Zk5sT7uWcE4nR6aPdGhLfO9iKjVtXwQ</example>
    [OneLine(400, AllowEmpty = true)]
    public string DeviceTokens { get; init; } = "";
}

/// <summary>A session that has begun.</summary>
/// <param name="Token">To be sent as <c>Authorization: Bearer</c>; it is told this once.</param>
/// <param name="ExpiresAt">When the session ends, if it is not used before.</param>
/// <param name="User">Who is signed in.</param>
/// <param name="DeviceToken">To be kept on this device when the session has ended, and sent with the next sign-in.</param>
public sealed record NewSession(string Token, DateTimeOffset ExpiresAt, Account User, string DeviceToken);

/// <summary>The session of the request.</summary>
/// <param name="Id">Never changes.</param>
/// <param name="CreatedAt">When the user signed in.</param>
/// <param name="LastSeenAt">When it was used last, exact to a minute.</param>
/// <param name="ExpiresAt">When it ends, if it is not used before.</param>
/// <param name="Device">What the client said that it is.</param>
/// <param name="User">Who is signed in.</param>
public sealed record CurrentSession(
    Guid Id, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, DateTimeOffset ExpiresAt, string Device, Account User);

/// <summary>A session in the list of one's own.</summary>
/// <param name="Id">To revoke it with.</param>
/// <param name="Device">What the client said that it is.</param>
/// <param name="CreatedAt">When the user signed in.</param>
/// <param name="LastSeenAt">When it was used last, exact to a minute.</param>
/// <param name="IsCurrent">Whether it is the session of this request.</param>
public sealed record ListedSession(Guid Id, string Device, DateTimeOffset CreatedAt, DateTimeOffset LastSeenAt, bool IsCurrent);
