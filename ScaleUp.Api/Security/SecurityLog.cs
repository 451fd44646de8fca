using System.Security.Claims;
using ScaleUp.Api.Sessions;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.Security;

/// <summary>What the security log records.</summary>
internal enum SecurityEvent
{
    Registered,
    RegistrationThrottled,
    SignedIn,
    SignInFailed,
    PasswordThrottled,
    PasswordChanged,
    PasswordChangeFailed,
    SessionEnded,
    ContentHidden,
    ContentShown,
    UserBlocked,
    UserUnblocked,
    AccessRefused,
}

/// <summary>
/// The security log of one request. Its lines are written after the response is known, so that what was rolled back, or replayed, is not
/// reported. They have the account and the address, and no password, token or key; a name that no account has is left out,
/// because people type passwords into that field.
/// </summary>
internal sealed partial class SecurityLog(WarmUp warmUp, ILogger<SecurityLog> logger)
{
    private readonly List<(SecurityEvent Event, Guid User, string? Name, string? Subject)> _lines = [];

    /// <summary>Adds a line about the caller.</summary>
    public void Add(SecurityEvent what, ClaimsPrincipal caller, string? subject = null) => Add(what, caller.UserId(), caller.Identity?.Name, subject);

    /// <summary>Adds a line.</summary>
    /// <param name="what">What happened.</param>
    /// <param name="user">Who did it, or whose account it was tried for; <see cref="Guid.Empty"/> if there is none.</param>
    /// <param name="name">The account's user name.</param>
    /// <param name="subject">What it was done to.</param>
    public void Add(SecurityEvent what, Guid user, string? name, string? subject = null) => _lines.Add((what, user, name, subject));

    /// <summary>Writes the lines of a request that has ended.</summary>
    public void Write(HttpContext context)
    {
        var status = context.Response.StatusCode;
        // A visitor whose session has ended is 401 too, and no news.
        var isRefused = status == StatusCodes.Status403Forbidden || (status == StatusCodes.Status401Unauthorized && context.Request.Path.StartsWithSegments("/internal"));
        if (isRefused && _lines.Count == 0)
        {
            Add(SecurityEvent.AccessRefused, context.User, $"{context.Request.Method} {context.Request.Path}");
        }

        var source = _lines.Count == 0 ? "" : context.Source();
        foreach (var (what, user, name, subject) in _lines)
        {
            if (what is SecurityEvent.SignInFailed && user == Guid.Empty && warmUp.IsRunning)
            {
                // This server's own request, which warms up signing in.
                continue;
            }

            var level = LevelOf(what);
            LogEvent(level, what, name, user, source, subject, status);
        }
    }

    // One mistyped password is no warning; many are, and then they are throttled.
    private static LogLevel LevelOf(SecurityEvent what) =>
        what is SecurityEvent.PasswordThrottled or SecurityEvent.RegistrationThrottled or SecurityEvent.AccessRefused ? LogLevel.Warning : LogLevel.Information;

    [LoggerMessage(Message = "Security event {SecurityEvent}: user {UserName} ({UserId}) from {Source}, subject {Subject}, status {Status}.")]
    private partial void LogEvent(LogLevel level, SecurityEvent securityEvent, string? userName, Guid userId, string source, string? subject, int status);
}

internal static class SecurityLogExtensions
{
    public static void AddSecurityLog(this WebApplicationBuilder builder) => builder.Services.AddScoped<SecurityLog>();

    /// <summary>Writes the security log of each request; to be called before authorisation, whose refusals are in it.</summary>
    public static void UseSecurityLog(this WebApplication app) => app.Use(async (context, next) =>
    {
        await next(context);
        context.RequestServices.GetRequiredService<SecurityLog>().Write(context);
    });
}
