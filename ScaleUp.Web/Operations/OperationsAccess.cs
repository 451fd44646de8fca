using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.Mvc;
using ScaleUp.Web.Sessions;

namespace ScaleUp.Web.Operations;

/// <summary>
/// Authorizes access to the operations page: for administrators, or for anyone if <see cref="OpenSetting"/> is true, as by default in
/// development. While no application server can authenticate visitors, which is when operators need the page most, a cookie admits
/// administrators who opened the page in the last hour.
/// </summary>
internal sealed class OperationsAccess(Visitor visitor, IConfiguration configuration, IHostEnvironment environment,
    IDataProtectionProvider protection, IHttpContextAccessor contexts)
{
    /// <summary>The setting that opens the page to anyone, <c>true</c> or <c>false</c>.</summary>
    public const string OpenSetting = "Operations:OpenToAnyone";

    /// <summary>The name of the cookie of an administrator who opened the page.</summary>
    public const string CookieName = "scaleup-operator";

    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(1);

    private readonly ITimeLimitedDataProtector _protector = protection.CreateProtector(nameof(OperationsAccess))
        .ToTimeLimitedDataProtector();

    /// <summary>Whether this visitor is an administrator, by their session or, while that can't be checked, by the cookie.</summary>
    public bool IsAdministrator => visitor.Account?.IsAdministrator ?? (visitor.IsUnknown && HasCookie);

    private bool IsOpen => configuration.GetValue<bool?>(OpenSetting) ?? environment.IsDevelopment();

    /// <summary>Checks whether the visitor may open the page, and sets the cookie of an administrator.</summary>
    /// <returns>Null to allow access; otherwise a redirect to sign-in, 403, or 503 while visitors can't be authenticated.</returns>
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

    // The cookie is valid for its own session only.
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
