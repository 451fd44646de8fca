using ScaleUp.Tests.Drills.Load;

namespace ScaleUp.Tests.Drills.Report;

/// <summary>The outcomes of the requests that were due in a period.</summary>
/// <param name="From">The start of the period, since the start of the load.</param>
/// <param name="Good">Successful responses.</param>
/// <param name="Copies">Stale copies.</param>
/// <param name="Unavailable">Responses with 503 and <c>Retry-After</c>.</param>
/// <param name="Failed">All other outcomes.</param>
/// <param name="Slowest">The maximum latency.</param>
internal sealed record TimeSlice(TimeSpan From, int Good, int Copies, int Unavailable, int Failed, TimeSpan Slowest)
{
    /// <summary>Cuts the measured time into slices; the last may be shorter.</summary>
    public static IReadOnlyList<TimeSlice> Of(DrillResult result, TimeSpan width)
    {
        var samples = result.Samples.ToLookup(sample => (int)((sample.Scheduled - result.Start) / width));
        return [.. Enumerable.Range(0, (int)Math.Ceiling((result.End - result.Start) / width)).Select(i => new TimeSlice(
            result.Start + (i * width), Count(i, Outcome.Good), Count(i, Outcome.Copy), Count(i, Outcome.Unavailable),
            Count(i, Outcome.Failed),
            samples[i].Select(sample => sample.Latency).DefaultIfEmpty().Max()))];

        int Count(int slice, Outcome outcome) => samples[slice].Count(sample => sample.Answer.Outcome == outcome);
    }
}
