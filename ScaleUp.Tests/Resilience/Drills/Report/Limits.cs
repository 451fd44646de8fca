using System.Globalization;
using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.Drills.Load;

namespace ScaleUp.Tests.Drills.Report;

/// <summary>
/// The limits that ScaleUp guarantees for the loss of a server. A drill that exceeds them has found a defect of the product.
/// </summary>
internal static class Limits
{
    private static readonly TimeSpan s_fullStrength = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_hang = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan s_answer = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan s_normal = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan s_failover = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_lostMajority = TimeSpan.FromSeconds(90);

    // Docker's port forwarding was seen to end 0.1 to 0.5 s after the load balancer that it forwards to.
    private static readonly TimeSpan s_forwarding = TimeSpan.FromSeconds(1);

    private const string HeldConnections =
        "a hung load balancer keeps its connections, and its kernel accepts new ones; no other machine can respond on them";

    private const string HeldRequests =
        "a resumed load balancer receives all requests of that time at once; those that exceed its queue timeout get 503";

    // The share of all requests in a drill of one minute, in which the load balancer of half of the visitors hangs for 10 s.
    private const double MaxHeld = 0.1;

    private const string Starting =
        "a server start takes about three seconds of processor time, and all tiers and the load generator share these few processors";

    private const int EnoughProcessors = 4;
    private const double MaxRecovery = 4;

    private const string Forwarding =
        "Docker's port forwarding outlives a load balancer for a moment and starts before it listens; " +
        "it accepts and resets new connections, on which browsers do not retry";

    private const string Busy =
        "with a fault every 20 s, a small machine often has not recovered from the last one, mostly from starting a server; " +
        "requests that exceed the queue timeout get 503";

    // The share of all requests of a long run.
    private const double MaxRefused = 0.02;

    // .NET's heaps and PostgreSQL's caches fluctuate; a leak of an hour under this load would exceed these limits.
    private const double MaxGrowth = 1.5;
    private const double FreeMegabytes = 64;
    private const long FreeConnections = 20;

    /// <summary>The limits of a drill, each with the observed value.</summary>
    public static IReadOnlyList<Check> For(Drill drill, DrillResult result, DrillTimes times) =>
        !times.JudgesSpeed ? [.. Data(result), .. AtAnySpeed(result)]
        : drill.IsOfCluster ? [.. Data(result), .. Cluster(drill, result)]
        : drill.IsOfDatabase ? [.. Data(result), .. Database(result)]
        : [.. Data(result), .. Servers(drill, result)];

    /// <summary>The limits of a long run with all kinds of faults.</summary>
    public static IReadOnlyList<Check> ForLongRun(DrillResult result)
    {
        var broken = BrokenByForwarding(result);
        var outside = result.Samples.Where(sample => !sample.IsGood && !broken.Contains(sample) &&
            !result.Incidents.Any(incident => incident.IsOfDatabase && IsIn(sample, incident, result.End))).ToArray();
        var refused = Refused(outside);
        return
        [
            .. Data(result),
            None("failed reads while the database was available", outside.Count(sample => !sample.IsWrite && !refused.Contains(sample))),
            None("failed writes while the database was available", outside.Count(sample => sample.IsWrite && !refused.Contains(sample))),
            None("refused while the database was available (503)", refused.Count) with
            {
                Because = refused.Count <= MaxRefused * result.Samples.Count ? Busy : null,
            },
            ForwardingCheck(broken),
            None("faults without full strength within a minute", result.Incidents.Count(incident => incident.FullStrength is null)),
            .. result.Footprints.Where(footprint => footprint.Name != Footprint.OfDrill).GroupBy(footprint => footprint.Name)
            .SelectMany(Growth),
        ];
    }

    private static IEnumerable<Check> Data(DrillResult result)
    {
        yield return None("acknowledged writes lost", result.Ledger.Lost.Count);
        yield return None("writes doubled", result.Ledger.Doubled.Count);
        yield return None("writes refused but stored", result.Ledger.RefusedButThere.Count);
        yield return None("writes in the database without an entry in the ledger", result.Ledger.NotInLedger.Count);
        yield return None("faults without an effect", result.Incidents.Count(incident => !incident.HadEffect));
        // Without any writes, the check for lost ones would be meaningless.
        yield return Some("acknowledged writes", result.Ledger.Acknowledged);
    }

    // Limits that hold at any speed of the machine: a request that waits too long for a busy server gets 503, which is not a defect.
    private static IEnumerable<Check> AtAnySpeed(DrillResult result)
    {
        var broken = BrokenByForwarding(result);
        yield return None("failures other than 503",
            result.Samples.Count(sample => sample.Answer.Outcome == Outcome.Failed && !broken.Contains(sample)));
        yield return ForwardingCheck(broken);
        yield return None("faults after which not all servers returned", result.Incidents.Count(incident => incident.FullStrength is null));
        // Requests succeed before the fault and after recovery.
        yield return Some("successful responses before",
            result.Samples.Count(sample => sample.IsGood && sample.Scheduled < result.FirstFault));
        yield return Some("successful responses after",
            result.Samples.Count(sample => sample.IsGood && sample.Scheduled >= result.LastOver));
    }

    private static IEnumerable<Check> Servers(Drill drill, DrillResult result)
    {
        var broken = BrokenByForwarding(result);
        var isOfLoadBalancer = drill.Faults.Any(fault => fault.IsOfLoadBalancer);
        var held = drill.IsHang && isOfLoadBalancer ? Refused(result.Samples) : [];
        yield return None("failed reads", result.FailedReads.Count(sample => !broken.Contains(sample) && !held.Contains(sample)));
        yield return None("failed writes", result.FailedWrites.Count(sample => !broken.Contains(sample) && !held.Contains(sample)));
        yield return ForwardingCheck(broken);
        if (drill.IsHang)
        {
            yield return Below("p99.9 while it hangs", result.During?.P999, s_hang) with
            {
                Because = isOfLoadBalancer ? HeldConnections : null,
            };
        }

        if (held.Count > 0)
        {
            yield return None("refused after it resumed (503)", held.Count) with
            {
                Because = held.Count <= MaxHeld * result.Samples.Count ? HeldRequests : null,
            };
        }

        yield return Below("full strength after", result.Recovery, s_fullStrength) with
        {
            Because = result.Processors < EnoughProcessors && result.Recovery < MaxRecovery * s_fullStrength ? Starting : null,
        };
    }

    // Patroni's lease is 20 s, and it checks every 3 s. Without two of three members, commits wait for a standby until the repair.
    private static IEnumerable<Check> Cluster(Drill drill, DrillResult result)
    {
        yield return None("failed reads of pages with copies", result.FailedCachedReads.Count());
        yield return None("failures other than 503", result.Samples.Count(sample => sample.Answer.Outcome == Outcome.Failed));
        yield return None("faults after which not all servers returned", result.Incidents.Count(incident => incident.FullStrength is null));
        yield return Below(
            "longest time without a write", result.LongestWithoutWrite, drill.Faults.Count > 1 ? s_lostMajority : s_failover);
    }

    private static IEnumerable<Check> Database(DrillResult result)
    {
        yield return None("failed reads of pages with copies", result.FailedCachedReads.Count());
        yield return None("failures other than 503", result.Samples.Count(sample => sample.Answer.Outcome == Outcome.Failed));
        yield return Below("slowest answer", result.Samples.Max(sample => sample.Latency), s_answer);
        yield return Below("normal after the database accepts connections", result.Normal, s_normal);
    }

    private static HashSet<Sample> Refused(IEnumerable<Sample> samples) =>
        [.. samples.Where(sample => sample.Answer.Outcome == Outcome.Unavailable)];

    /// <summary>Requests that received no response shortly after a load balancer ended or while it started again.</summary>
    private static HashSet<Sample> BrokenByForwarding(DrillResult result) =>
    [
        .. result.Samples.Where(sample => sample.Answer is { Outcome: Outcome.Failed, Status: 0 }
            && result.Incidents.Any(incident => incident.EndsLoadBalancer && IsForwardingAlone(sample.Ended, incident))),
    ];

    private static bool IsForwardingAlone(TimeSpan time, Incident incident) =>
        (time >= incident.Began && time < incident.Done + s_forwarding) || (time >= incident.Mended && time < incident.FullStrength);

    private static Check ForwardingCheck(HashSet<Sample> broken) =>
        None("requests broken by Docker's port forwarding", broken.Count) with { Because = Forwarding };

    // Compares the medians of the first and last third of the measurements, because a freshly started server happens to hold little.
    private static IEnumerable<Check> Growth(IGrouping<string, Footprint> server)
    {
        Footprint[] looks = [.. server.OrderBy(footprint => footprint.Time)];
        var third = Math.Max(looks.Length / 3, 1);
        var (first, last) = (looks[..third], looks[^third..]);
        var (memoryFirst, memoryLast) = (Median(first, look => look.Megabytes), Median(last, look => look.Megabytes));
        var (connectionsFirst, connectionsLast) = (Median(first, look => look.Connections), Median(last, look => look.Connections));
        var memory = (MaxGrowth * memoryFirst) + FreeMegabytes;
        var connections = (2 * connectionsFirst) + FreeConnections;
        yield return new($"memory of {server.Key} (at first {memoryFirst:0} MiB)", $"at most {memory:0} MiB", $"{memoryLast:0} MiB",
            memoryLast <= memory);
        yield return new($"connections of {server.Key} (at first {connectionsFirst})", $"at most {connections}", Text(connectionsLast),
            connectionsLast <= connections);
    }

    private static T Median<T>(Footprint[] looks, Func<Footprint, T> value) => looks.Select(value).Order().ElementAt(looks.Length / 2);

    private static bool IsIn(Sample sample, Incident incident, TimeSpan end) =>
        // Requests sent shortly before the fault are still in flight when it occurs.
        sample.Ended >= incident.Began && sample.Scheduled <= (incident.DatabaseBack + s_normal ?? end);

    private static Check None(string what, int count) => new(what, "0", Text(count), count == 0);

    private static Check Some(string what, int count) => new(what, "at least one", Text(count), count > 0);

    private static Check Below(string what, TimeSpan? seen, TimeSpan limit) => new(
        what, $"under {limit.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture)} s", Durations.Seconds(seen), seen < limit);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
