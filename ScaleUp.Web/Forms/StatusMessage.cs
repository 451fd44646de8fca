namespace ScaleUp.Web.Forms;

/// <summary>What is said once, on the page after a form: that it was done. It travels in a cookie, so any web server can say it.</summary>
internal static class StatusMessage
{
    public const string Name = "Notice";
    public const string CookieName = "scaleup-notice";
}
