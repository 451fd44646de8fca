using System.Security.Claims;
using ScaleUp.Api.Sessions;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.Security;

/// <summary>The events that the security log records.</summary>
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
/// The security log of one request. It writes its lines after the response is known, so that writes that were rolled back or replayed are
/// not reported. Lines contain account and address, but no password, token or key; unknown user names are omitted because people
/// sometimes type their password into that field.
/// </summary>
internal sealed partial class SecurityLog(WarmUp warmUp, ILogger<SecurityLog> logger)
{
    private readonly List<(SecurityEvent Event, Guid User, string? Name, string? Subject)> _lines = [];

    /// <summary>Adds an event of the caller.</summary>
    public void Add(SecurityEvent securityEvent, ClaimsPrincipal caller, string? subject = null) =>
        Add(securityEvent, caller.UserId(), caller.Identity?.Name, subject);

    /// <summary>Adds an event.</summary>
    /// <param name="securityEvent">The event.</param>
    /// <param name="user">The account that acted or was targeted; <see cref="Guid.Empty"/> for an unknown one.</param>
    /// <param name="name">The account's user name.</param>
    /// <param name="subject">The object of the event, for example a session.</param>
    public void Add(SecurityEvent securityEvent, Guid user, string? name, string? subject = null) =>
        _lines.Add((securityEvent, user, name, subject));

    /// <summary>Writes the lines of a completed request.</summary>
    public void Write(HttpContext context)
    {
        var status = context.Response.StatusCode;
        // Elsewhere 401 is normal: the session of a visitor has expired.
        var isRefused = status == StatusCodes.Status403Forbidden
            || (status == StatusCodes.Status401Unauthorized && context.Request.Path.StartsWithSegments("/internal"));
        if (isRefused && _lines.Count == 0)
        {
            Add(SecurityEvent.AccessRefused, context.User, $"{context.Request.Method} {context.Request.Path}");
        }

        var source = _lines.Count == 0 ? "" : context.Source();
        foreach (var (securityEvent, user, name, subject) in _lines)
        {
            if (securityEvent is SecurityEvent.SignInFailed && user == Guid.Empty && warmUp.IsRunning)
            {
                // The sign-in of this server's own warm-up requests.
                continue;
            }

            var level = LevelOf(securityEvent);
            LogEvent(level, securityEvent, name, user, source, subject, status);
        }
    }

    // A single wrong password is normal; many are throttled, which is worth a warning.
    private static LogLevel LevelOf(SecurityEvent securityEvent) =>
        securityEvent is SecurityEvent.PasswordThrottled or SecurityEvent.RegistrationThrottled or SecurityEvent.AccessRefused
            ? LogLevel.Warning
            : LogLevel.Information;

    [LoggerMessage(
        Message = "Security event {SecurityEvent}: user {UserName} ({UserId}) from {Source}, subject {Subject}, status {Status}.")]
    private partial void LogEvent(
        LogLevel level, SecurityEvent securityEvent, string? userName, Guid userId, string source, string? subject, int status);
}

internal static class SecurityLogExtensions
{
    public static void AddSecurityLog(this WebApplicationBuilder builder) => builder.Services.AddScoped<SecurityLog>();

    /// <summary>Writes the security log of each request; call it before authorization, so that refusals are logged too.</summary>
    public static void UseSecurityLog(this WebApplication app) => app.Use(async (context, next) =>
    {
        await next(context);
        context.RequestServices.GetRequiredService<SecurityLog>().Write(context);
    });
}
