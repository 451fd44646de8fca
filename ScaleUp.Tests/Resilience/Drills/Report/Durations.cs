using System.Globalization;

namespace ScaleUp.Tests.Drills.Report;

/// <summary>Times as the reports write them.</summary>
internal static class Durations
{
    /// <summary>For example "1.25 s"; "never" for null.</summary>
    public static string Seconds(TimeSpan? time) => time is { } value ? $"{value.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture)} s" : "never";

    /// <summary>In milliseconds, a whole number.</summary>
    public static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
}
