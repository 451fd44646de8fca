using System.Globalization;

namespace ScaleUp.Tests.Drills.Report;

/// <summary>Formats durations for reports.</summary>
internal static class Durations
{
    /// <summary>For example "1.25 s"; "never" for null.</summary>
    public static string Seconds(TimeSpan? time) => time is { } value
        ? $"{value.TotalSeconds.ToString("0.00", CultureInfo.InvariantCulture)} s" : "never";

    /// <summary>Whole milliseconds.</summary>
    public static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture);
}
