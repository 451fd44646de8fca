using System.Globalization;
using ScaleUp.Tests.Drills.Faults;

namespace ScaleUp.Tests.Drills;

/// <summary>What <c>eng/drill.sh</c> asks for, by environment variables.</summary>
/// <param name="Names"><c>SCALEUP_DRILL</c>: the drills, with commas between them; all if it is not there.</param>
/// <param name="PerSecond"><c>SCALEUP_DRILL_RATE</c>: requests in a second, 10 to 2,000; null for the usual rate.</param>
/// <param name="Length"><c>SCALEUP_DRILL_MINUTES</c>: the length of the long run, from 1 minute to a day; an hour if it is not there.</param>
/// <param name="Seed"><c>SCALEUP_DRILL_SEED</c>: any whole number; 1 if it is not there.</param>
/// <param name="Folder"><c>SCALEUP_DRILL_FOLDER</c>: where the results go; a new folder under <c>artifacts/drills</c> if it is not there.</param>
internal sealed record DrillSettings(IReadOnlyList<Drill> Names, int? PerSecond, TimeSpan Length, int Seed, string Folder)
{
    /// <exception cref="ArgumentException">A value is not one; the message says what it must be.</exception>
    public static DrillSettings Read(Func<string, string?> variable) => new(
        variable("SCALEUP_DRILL") is { Length: > 0 } names ? [.. names.Split(',').Distinct().Select(Drill.Named)] : Drill.All,
        variable("SCALEUP_DRILL_RATE") is null ? null : Number(variable, "SCALEUP_DRILL_RATE", 0, 10, 2000),
        TimeSpan.FromMinutes(Number(variable, "SCALEUP_DRILL_MINUTES", 60, 1, 1440)),
        Number(variable, "SCALEUP_DRILL_SEED", 1, 0, int.MaxValue),
        variable("SCALEUP_DRILL_FOLDER") is { Length: > 0 } folder ? folder
            : Path.Combine(Root(), "artifacts", "drills", DateTime.Now.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)));

    internal static int Number(Func<string, string?> variable, string name, int otherwise, int least, int most) =>
        variable(name) is not { } text ? otherwise
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most ? number
        : throw new ArgumentException($"{name} is '{text}', but must be a whole number from {least} to {most}.");

    // The tests run from a folder of the build, somewhere below.
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
