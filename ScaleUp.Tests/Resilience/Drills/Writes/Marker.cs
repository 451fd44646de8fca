using System.Globalization;
using System.Text.RegularExpressions;

namespace ScaleUp.Tests.Drills.Writes;

/// <summary>Creates unique markers for the texts of writes, by which these are found in the database.</summary>
/// <param name="run">The identifier of the run, which distinguishes its markers from those of earlier runs.</param>
internal sealed partial class Marker(string run)
{
    private int _last;

    /// <summary>Creates the markers of a new run.</summary>
    public static Marker NewRun() => new(Guid.NewGuid().ToString("n")[..8]);

    /// <summary>The common prefix of the run's markers.</summary>
    public string Prefix => $"drill{run}x";

    /// <summary>Returns the next marker. All have the same length, so none contains another.</summary>
    public string Next() => Prefix + Interlocked.Increment(ref _last).ToString("x8", CultureInfo.InvariantCulture);

    /// <summary>Finds all occurrences of markers in a text.</summary>
    public IEnumerable<string> FindIn(string text) =>
        Any().Matches(text).Select(match => match.Value).Where(marker => marker.StartsWith(Prefix, StringComparison.Ordinal));

    [GeneratedRegex("drill[0-9a-f]{8}x[0-9a-f]{8}")]
    private static partial Regex Any();
}
