using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Operations;

/// <summary>
/// Who may look at the operations page: administrators, and anyone where the setting <see cref="OpenSetting"/> says so, as it does in
/// development. While no application server can tell who the visitor is, which is when operators need the page most, a cookie lets in an
/// administrator who was there in the last hour.
/// </summary>
internal sealed class OperationsAccess(Visitor visitor, IConfiguration configuration, IHostEnvironment environment,
    IDataProtectionProvider protection, IHttpContextAccessor contexts)
{
    /// <summary>Whether anyone may look, <c>true</c> or <c>false</c>.</summary>
    public const string OpenSetting = "Operations:OpenToAnyone";

    /// <summary>The cookie of an administrator who was let in.</summary>
    public const string CookieName = "scaleup-operator";

    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(1);

    private readonly ITimeLimitedDataProtector _protector = protection.CreateProtector(nameof(OperationsAccess))
        .ToTimeLimitedDataProtector();

    /// <summary>Whether this visitor is an administrator, as far as that can be known now.</summary>
    public bool IsAdministrator => visitor.Account?.IsAdministrator ?? (visitor.IsUnknown && HasCookie);

    private bool IsOpen => configuration.GetValue<bool?>(OpenSetting) ?? environment.IsDevelopment();

    /// <summary>Lets the visitor in.</summary>
    /// <returns>Null, or the response instead: to sign in, 403, or 503 while nobody can tell who the visitor is.</returns>
    public IActionResult? Refuse(string returnUrl)
    {
        if (visitor.Account is { IsAdministrator: true })
        {
            SetCookie();
        }

        return IsOpen || IsAdministrator ? null
            : visitor.IsUnknown ? new StatusCodeResult(StatusCodes.Status503ServiceUnavailable)
            : visitor.Account is null ? new RedirectToPageResult("/SignIn", new { returnUrl })
            : new StatusCodeResult(StatusCodes.Status403Forbidden);
    }

    // The cookie of one session lets no other in.
    private bool HasCookie
    {
        get
        {
            try
            {
                return contexts.HttpContext?.Request.Cookies[CookieName] is { Length: > 0 } cookie
                    && _protector.Unprotect(cookie) == visitor.Token;
            }
            catch (CryptographicException)
            {
                return false;
            }
        }
    }

    private void SetCookie()
    {
        if (contexts.HttpContext is { Response.HasStarted: false } context)
        {
            context.Response.Cookies.Append(CookieName, _protector.Protect(visitor.Token!, s_lifetime),
                context.Response.CookieFor(s_lifetime));
        }
    }
}
