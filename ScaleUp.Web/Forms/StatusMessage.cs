namespace ScaleUp.Web.Forms;

/// <summary>Confirms a submitted form once, on the next page. It is stored in a cookie, so that any web server can show it.</summary>
internal static class StatusMessage
{
    public const string Name = "Notice";
    public const string CookieName = "scaleup-notice";
}
