using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.Drills.Load;
using ScaleUp.Tests.Drills.Writes;

namespace ScaleUp.Tests.Drills.Report;

/// <summary>The result of a drill. Only the ledger includes the warm-up.</summary>
/// <param name="Name">The name of the drill.</param>
/// <param name="Title">The description of the drill.</param>
/// <param name="PerSecond">Requests per second.</param>
/// <param name="Start">The start of the measurement, since the start of the load.</param>
/// <param name="End">The time at which the last request was due.</param>
/// <param name="Pace">Whether the load generator sustained its rate.</param>
/// <param name="Incidents">The faults with their times.</param>
/// <param name="Samples">All requests that were due from <paramref name="Start"/> on.</param>
/// <param name="SentAgain">The number of requests that browsers resent automatically, including the warm-up.</param>
/// <param name="Ledger">The comparison of the ledger with the database.</param>
internal sealed record DrillResult(
    string Name, string Title, int PerSecond, TimeSpan Start, TimeSpan End, Pace Pace, IReadOnlyList<Incident> Incidents,
    IReadOnlyList<Sample> Samples, int SentAgain, LedgerComparison Ledger)
{
    /// <summary>The limits, and whether they were met.</summary>
    public IReadOnlyList<Check> Checks { get; init; } = [];

    /// <summary>The number of processors that the tiers and the load generator share.</summary>
    public int Processors { get; init; } = Environment.ProcessorCount;

    /// <summary>Memory and connections at several times, if measured.</summary>
    public IReadOnlyList<Footprint> Footprints { get; init; } = [];

    public Verdict Verdict => !Pace.IsKept ? Verdict.DoesNotCount
        : IsBroken ? Verdict.Failed
        : Checks.All(check => check.IsMet) ? Verdict.Passed
        : Verdict.FallsShort;

    public string VerdictInWords =>
        Verdict switch
        {
            Verdict.Passed => "passed",
            Verdict.FallsShort => "falls short",
            Verdict.Failed => "FAILED",
            _ => "does not count",
        };

    /// <summary>Whether a limit was missed, regardless of the load.</summary>
    public bool IsBroken => Checks.Any(check => !check.IsMet && check.Because is null);

    /// <summary>Whether the drill found a defect of the product, or was not valid.</summary>
    public bool IsBad => Verdict is Verdict.Failed or Verdict.DoesNotCount;

    public IEnumerable<Sample> FailedReads => Samples.Where(sample => !sample.IsWrite && !sample.IsGood);

    public IEnumerable<Sample> FailedWrites => Samples.Where(sample => sample.IsWrite && !sample.IsGood);

    /// <summary>Failed reads of public pages, which web servers serve from copies during any outage behind them.</summary>
    public IEnumerable<Sample> FailedCachedReads => FailedReads.Where(sample => sample.Answer.Kind == RequestKind.Read);

    public TimeSpan FirstFault => Incidents.Count > 0 ? Incidents[0].Began : End;

    public TimeSpan LastOver => Incidents.Count > 0 ? Incidents[^1].Over(End) : End;

    public Percentiles? Before => Percentiles.Of(Samples.Where(sample => sample.Scheduled < FirstFault).Select(sample => sample.Latency));

    /// <summary>The latency from the first fault until all servers are in use again.</summary>
    public Percentiles? During => Percentiles.Of(
        Samples.Where(sample => sample.Scheduled >= FirstFault && sample.Scheduled < LastOver).Select(sample => sample.Latency));

    public Percentiles? After => Percentiles.Of(Samples.Where(sample => sample.Scheduled >= LastOver).Select(sample => sample.Latency));

    /// <summary>The time from the end of a fault until full strength, the maximum of several; null if it was not reached.</summary>
    public TimeSpan? Recovery => Incidents.All(incident => incident.Recovery is not null)
        ? Incidents.Max(incident => incident.Recovery) : null;

    /// <summary>
    /// The time from when the database accepted connections again until the last failed request; zero without failures after that. Null if
    /// the database was not affected or did not return.
    /// </summary>
    public TimeSpan? Normal => Incidents.Select(incident => incident.DatabaseBack)
        .FirstOrDefault(back => back is not null) is not { } back ? null
        : Samples.Where(sample => !sample.IsGood && sample.Scheduled > back).Select(sample => sample.Scheduled - back)
            .DefaultIfEmpty(TimeSpan.Zero).Max();

    /// <summary>The longest gap between successful responses.</summary>
    public TimeSpan LongestWithoutGood => LongestWithout(Samples);

    /// <summary>The longest gap between acknowledged writes.</summary>
    public TimeSpan LongestWithoutWrite => LongestWithout(Samples.Where(sample => sample.IsWrite));

    private TimeSpan LongestWithout(IEnumerable<Sample> samples)
    {
        var (longest, last) = (TimeSpan.Zero, Start);
        foreach (var ended in samples.Where(sample => sample.IsGood).Select(sample => sample.Ended).Order().Append(End))
        {
            longest = ended - last > longest ? ended - last : longest;
            last = ended > last ? ended : last;
        }

        return longest;
    }
}

/// <summary>The verdict of a drill.</summary>
internal enum Verdict
{
    /// <summary>All limits were met.</summary>
    Passed,

    /// <summary>Only limits that cannot be met were missed, for a known and reported reason.</summary>
    FallsShort,

    /// <summary>A limit was missed.</summary>
    Failed,

    /// <summary>Not valid: this machine could not sustain the load.</summary>
    DoesNotCount,
}

/// <summary>A limit and the observed value.</summary>
/// <param name="What">The counted or measured quantity.</param>
/// <param name="Limit">The required value.</param>
/// <param name="Seen">The observed value.</param>
/// <param name="IsMet">Whether the limit was met.</param>
internal sealed record Check(string What, string Limit, string Seen, bool IsMet)
{
    /// <summary>The reason why the limit cannot be met; null if it can.</summary>
    public string? Because { get; init; }

    public override string ToString() =>
        $"{(IsMet ? "met" : Because is null ? "NOT MET" : "falls short")}: {What} {Seen} (limit: {Limit})" +
        $"{(IsMet || Because is null ? "" : $": {Because}")}";
}

/// <summary>The memory and connections of a server.</summary>
/// <param name="Time">The time of the measurement, since the start of the load.</param>
/// <param name="Name">The name of the server.</param>
/// <param name="Megabytes">The memory in MiB: resident memory of a process, or the container engine's figure for a container.</param>
/// <param name="Connections">Open sockets of a process, connections of visitors at a load balancer, connections at the database.</param>
internal sealed record Footprint(TimeSpan Time, string Name, double Megabytes, long Connections)
{
    /// <summary>The name of the load generator, which records every request and thus grows.</summary>
    public const string OfDrill = "the drill itself";
}
