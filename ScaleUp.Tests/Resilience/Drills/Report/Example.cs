using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.Drills.Load;
using ScaleUp.Tests.Drills.Writes;

namespace ScaleUp.Tests.Drills.Report;

/// <summary>
/// A successful result for tests to modify: 10 requests per second for a minute, the fault at 30 s, full strength at 43 s.
/// </summary>
internal static class Example
{
    public static readonly LedgerEntry Entry = new(
        DateTimeOffset.UnixEpoch, "drill00000000x00000001", "key", "comment on x", WriteOutcome.Acknowledged, 302);

    public static DrillResult Good(string drill) => new(
        drill, Drill.Named(drill).Title, 10, Seconds(10), Seconds(70), new Pace(600, 600, TimeSpan.Zero),
        [new($"Kill {drill} <&>", Drill.Named(drill).IsOfDatabase, Seconds(30), Seconds(40), Drill.Named(drill).IsOfDatabase ? Seconds(42)
            : null, Seconds(43))],
        [.. Enumerable.Range(0, 600).Select(i => Sample(10 + (i / 10.0), i % 10 == 9 ? RequestKind.Write : RequestKind.Read))],
        SentAgain: 3, new LedgerComparison(60, 0, 0, [], [], [], []))
    {
        Processors = 8,
    };

    public static DrillResult With(this DrillResult result, params Sample[] more) => result with { Samples = [.. result.Samples, .. more] };

    public static Sample Sample(double second, RequestKind kind, Outcome outcome = Outcome.Good, double milliseconds = 20) => new(
        new(kind, "/", outcome, outcome == Outcome.Unavailable ? 503 : outcome == Outcome.Failed ? 500 : 200, outcome == Outcome.Failed
        ? "by lb-1, web-1" : null),
        Seconds(second), Seconds(second), Seconds(second) + TimeSpan.FromMilliseconds(milliseconds));

    public static TimeSpan Seconds(double seconds) => TimeSpan.FromSeconds(seconds);
}
