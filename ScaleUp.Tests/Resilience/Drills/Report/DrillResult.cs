using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.Drills.Load;
using ScaleUp.Tests.Drills.Writes;

namespace ScaleUp.Tests.Drills.Report;

/// <summary>What a drill has shown. What came in the warm-up is in the ledger, and in nothing else.</summary>
/// <param name="Name">The drill.</param>
/// <param name="Title">What was done.</param>
/// <param name="PerSecond">The rate of requests.</param>
/// <param name="Start">When measuring began, from the beginning of the load.</param>
/// <param name="End">When the last request was due.</param>
/// <param name="Pace">Whether the load was what it was to be.</param>
/// <param name="Incidents">What happened when.</param>
/// <param name="Samples">All requests that were due from <paramref name="Start"/> on.</param>
/// <param name="SentAgain">How often a browser sent a request again by itself, in the warm-up too.</param>
/// <param name="Ledger">What was written, beside what the database has.</param>
internal sealed record DrillResult(
    string Name, string Title, int PerSecond, TimeSpan Start, TimeSpan End, Pace Pace, IReadOnlyList<Incident> Incidents,
    IReadOnlyList<Sample> Samples, int SentAgain, LedgerComparison Ledger)
{
    /// <summary>What was promised, and whether it was kept.</summary>
    public IReadOnlyList<Check> Checks { get; init; } = [];

    /// <summary>How many processors the tiers and the load have together.</summary>
    public int Processors { get; init; } = Environment.ProcessorCount;

    /// <summary>Memory and connections, if they were looked at, at several times.</summary>
    public IReadOnlyList<Footprint> Footprints { get; init; } = [];

    public Verdict Verdict => !Pace.IsKept ? Verdict.DoesNotCount
        : IsBroken ? Verdict.Failed
        : Checks.All(check => check.IsMet) ? Verdict.Passed
        : Verdict.FallsShort;

    public string VerdictInWords => Verdict switch { Verdict.Passed => "passed", Verdict.FallsShort => "falls short", Verdict.Failed => "FAILED", _ => "does not count" };

    /// <summary>Whether a promise was broken, whatever the load was.</summary>
    public bool IsBroken => Checks.Any(check => !check.IsMet && check.Because is null);

    /// <summary>Whether the drill found a fault in the product, or nothing at all.</summary>
    public bool IsBad => Verdict is Verdict.Failed or Verdict.DoesNotCount;

    public IEnumerable<Sample> FailedReads => Samples.Where(sample => !sample.IsWrite && !sample.IsGood);

    public IEnumerable<Sample> FailedWrites => Samples.Where(sample => sample.IsWrite && !sample.IsGood);

    /// <summary>Pages for anybody, which go on from copies whatever happens behind the web servers.</summary>
    public IEnumerable<Sample> FailedCachedReads => FailedReads.Where(sample => sample.Answer.Kind == RequestKind.Read);

    public TimeSpan FirstFault => Incidents.Count > 0 ? Incidents[0].Began : End;

    public TimeSpan LastOver => Incidents.Count > 0 ? Incidents[^1].Over(End) : End;

    public Percentiles? Before => Percentiles.Of(Samples.Where(sample => sample.Scheduled < FirstFault).Select(sample => sample.Latency));

    /// <summary>From the first fault until all servers are in use again.</summary>
    public Percentiles? During => Percentiles.Of(Samples.Where(sample => sample.Scheduled >= FirstFault && sample.Scheduled < LastOver).Select(sample => sample.Latency));

    public Percentiles? After => Percentiles.Of(Samples.Where(sample => sample.Scheduled >= LastOver).Select(sample => sample.Latency));

    /// <summary>From the end of the fault until full strength, of several the longest; null if it was not reached.</summary>
    public TimeSpan? Recovery => Incidents.All(incident => incident.Recovery is not null) ? Incidents.Max(incident => incident.Recovery) : null;

    /// <summary>
    /// From when the database took connections again until the last request that went wrong; zero if none did after that. Null
    /// if the database had no part in it or did not come back.
    /// </summary>
    public TimeSpan? Normal => Incidents.Select(incident => incident.DatabaseBack).FirstOrDefault(back => back is not null) is not { } back ? null
        : Samples.Where(sample => !sample.IsGood && sample.Scheduled > back).Select(sample => sample.Scheduled - back).DefaultIfEmpty(TimeSpan.Zero).Max();

    /// <summary>The longest time in which nobody got a good answer.</summary>
    public TimeSpan LongestWithoutGood
    {
        get
        {
            var (longest, last) = (TimeSpan.Zero, Start);
            foreach (var ended in Samples.Where(sample => sample.IsGood).Select(sample => sample.Ended).Order().Append(End))
            {
                longest = ended - last > longest ? ended - last : longest;
                last = ended > last ? ended : last;
            }

            return longest;
        }
    }
}

/// <summary>What a drill says of the system.</summary>
internal enum Verdict
{
    /// <summary>All that was promised was kept.</summary>
    Passed,

    /// <summary>What was not kept cannot be, for a reason that is known and said.</summary>
    FallsShort,

    /// <summary>Something was not kept.</summary>
    Failed,

    /// <summary>Nothing: this machine could not make the load that it was to be measured with.</summary>
    DoesNotCount,
}

/// <summary>A promise.</summary>
/// <param name="What">What is counted or measured.</param>
/// <param name="Limit">What it must be.</param>
/// <param name="Seen">What it was.</param>
/// <param name="IsMet">Whether it was what it must be.</param>
internal sealed record Check(string What, string Limit, string Seen, bool IsMet)
{
    /// <summary>Why it cannot be met; null if it can.</summary>
    public string? Because { get; init; }

    public override string ToString() =>
        $"{(IsMet ? "met" : Because is null ? "NOT MET" : "falls short")}: {What} {Seen} (to reach: {Limit}){(IsMet || Because is null ? "" : $": {Because}")}";
}

/// <summary>What a process holds.</summary>
/// <param name="Time">When, from the beginning of the load.</param>
/// <param name="Name">The server.</param>
/// <param name="Megabytes">Its memory, in MiB: resident for a process, what the engine counts for a container.</param>
/// <param name="Connections">Open sockets of a process, connections of visitors at a load balancer, connections at the database.</param>
internal sealed record Footprint(TimeSpan Time, string Name, double Megabytes, long Connections)
{
    /// <summary>The name of the program that makes the load, which keeps a record of every request and so does grow.</summary>
    public const string OfDrill = "the drill itself";
}
