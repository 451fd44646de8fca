using System.Globalization;

namespace ScaleUp.Web;

/// <summary>Formats of dates and times on pages.</summary>
public static class DateTimeFormats
{
    /// <summary>For example <c>22 November 2026</c>.</summary>
    public static string Day(this DateTimeOffset time) => time.UtcDateTime.ToString("d MMMM yyyy", CultureInfo.InvariantCulture);

    /// <summary>For example <c>22 November 2026, 17:05 UTC</c>.</summary>
    public static string Minute(this DateTimeOffset time) =>
        time.UtcDateTime.ToString("d MMMM yyyy, HH:mm 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>ISO 8601, for the <c>datetime</c> attribute of <c>time</c> elements.</summary>
    public static string Machine(this DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
