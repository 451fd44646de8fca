using System.Globalization;
using ScaleUp.Tests.Drills.Faults;

namespace ScaleUp.Tests.Drills;

/// <summary>The settings of <c>eng/drill.sh</c>, from environment variables.</summary>
/// <param name="Names"><c>SCALEUP_DRILL</c>: the names of the drills, separated by commas; default all.</param>
/// <param name="PerSecond"><c>SCALEUP_DRILL_RATE</c>: requests per second, 10 to 2,000; null for the default rate.</param>
/// <param name="Length"><c>SCALEUP_DRILL_MINUTES</c>: the length of the long run, 1 minute to a day; default 1 hour.</param>
/// <param name="Seed"><c>SCALEUP_DRILL_SEED</c>: any whole number from 0; default 1.</param>
/// <param name="Folder"><c>SCALEUP_DRILL_FOLDER</c>: the folder of the results; default a new folder under <c>artifacts/drills</c>.</param>
internal sealed record DrillSettings(IReadOnlyList<Drill> Names, int? PerSecond, TimeSpan Length, int Seed, string Folder)
{
    /// <exception cref="ArgumentException">A value is invalid; the message names the valid range.</exception>
    public static DrillSettings Read(Func<string, string?> variable) => new(
        variable("SCALEUP_DRILL") is { Length: > 0 } names ? [.. names.Split(',').Distinct().Select(Drill.Named)] : Drill.All,
        variable("SCALEUP_DRILL_RATE") is null ? null : Number(variable, "SCALEUP_DRILL_RATE", 0, 10, 2000),
        TimeSpan.FromMinutes(Number(variable, "SCALEUP_DRILL_MINUTES", 60, 1, 1440)),
        Number(variable, "SCALEUP_DRILL_SEED", 1, 0, int.MaxValue),
        variable("SCALEUP_DRILL_FOLDER") is { Length: > 0 } folder ? folder
            : Path.Combine(Root(), "artifacts", "drills", DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)));

    internal static int Number(Func<string, string?> variable, string name, int defaultValue, int min, int max) =>
        variable(name) is not { } text ? defaultValue
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max ? number
        : throw new ArgumentException($"{name} is '{text}'; it must be a whole number from {min} to {max}.");

    // The tests run from a build output folder below the root.
    internal static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "ScaleUp.sln")))
        {
            folder = folder.Parent;
        }

        return folder?.FullName ?? Directory.GetCurrentDirectory();
    }
}
