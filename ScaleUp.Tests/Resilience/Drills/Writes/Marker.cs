using System.Globalization;
using System.Text.RegularExpressions;

namespace ScaleUp.Tests.Drills.Writes;

/// <summary>A word in the text of each write that no other write has, by which it is found in the database.</summary>
/// <param name="run">A word for the whole run, so that what an earlier run left is not taken for this one's.</param>
internal sealed partial class Marker(string run)
{
    private int _last;

    /// <summary>Markers of a run that no other has.</summary>
    public static Marker NewRun() => new(Guid.NewGuid().ToString("n")[..8]);

    /// <summary>What all markers of the run begin with.</summary>
    public string Prefix => $"drill{run}x";

    /// <summary>The next one. All have the same length, so none is a part of another.</summary>
    public string Next() => Prefix + Interlocked.Increment(ref _last).ToString("x8", CultureInfo.InvariantCulture);

    /// <summary>The markers in a text, as often as each is in it.</summary>
    public IEnumerable<string> FindIn(string text) =>
        Any().Matches(text).Select(match => match.Value).Where(marker => marker.StartsWith(Prefix, StringComparison.Ordinal));

    [GeneratedRegex("drill[0-9a-f]{8}x[0-9a-f]{8}")]
    private static partial Regex Any();
}
