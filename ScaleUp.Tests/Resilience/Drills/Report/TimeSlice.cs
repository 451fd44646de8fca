using ScaleUp.Tests.Drills.Load;

namespace ScaleUp.Tests.Drills.Report;

/// <summary>What became of the requests that were due in a stretch of time.</summary>
/// <param name="From">Its beginning, from the beginning of the load.</param>
/// <param name="Good">Good answers.</param>
/// <param name="Copies">Copies from before.</param>
/// <param name="Unavailable">Honest refusals (503).</param>
/// <param name="Failed">All else.</param>
/// <param name="Slowest">The longest that somebody waited.</param>
internal sealed record TimeSlice(TimeSpan From, int Good, int Copies, int Unavailable, int Failed, TimeSpan Slowest)
{
    /// <summary>Cuts the measured time into slices; the last may be shorter.</summary>
    public static IReadOnlyList<TimeSlice> Of(DrillResult result, TimeSpan width)
    {
        var samples = result.Samples.ToLookup(sample => (int)((sample.Scheduled - result.Start) / width));
        return [.. Enumerable.Range(0, (int)Math.Ceiling((result.End - result.Start) / width)).Select(i => new TimeSlice(
            result.Start + (i * width), Count(i, Outcome.Good), Count(i, Outcome.Copy), Count(i, Outcome.Unavailable), Count(i, Outcome.Failed),
            samples[i].Select(sample => sample.Latency).DefaultIfEmpty().Max()))];

        int Count(int slice, Outcome outcome) => samples[slice].Count(sample => sample.Answer.Outcome == outcome);
    }
}
