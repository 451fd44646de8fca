namespace ScaleUp.Web.Operations;

/// <summary>The statistics of one load balancer at one moment.</summary>
/// <param name="Time">When they were received.</param>
/// <param name="Lines">What it reported.</param>
internal sealed record LoadBalancerReading(DateTimeOffset Time, IReadOnlyList<StatisticsLine> Lines);

/// <summary>What is known of one load balancer.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Current">Its last statistics; null if it never sent any.</param>
/// <param name="Previous">Those before, which rates are counted from; null if there are none.</param>
internal sealed record LoadBalancerStatus(string Name, LoadBalancerReading? Current, LoadBalancerReading? Previous)
{
    /// <summary>Whether it does not answer any more, or has not yet.</summary>
    public bool IsGone { get; init; }

    /// <summary>Since when it answers, or does not; null if that is not known.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Why it has sent nothing; empty if it has.</summary>
    public string Problem { get; init; } = "";
}

/// <summary>Makes one picture of what several load balancers report of the same servers.</summary>
internal static class TopologyMerge
{
    public const string LoadBalancers = "lb";
    public const string Web = "web";
    public const string Api = "api";
    public const string Database = "database";
    private static readonly string[] s_errors = ["hrsp_5xx", "econ", "eresp"];
    private const string PublicFrontend = "public-front";

    /// <summary>Merges the readings.</summary>
    /// <param name="time">The present.</param>
    /// <param name="source">The name of this web server.</param>
    /// <param name="loadBalancers">All load balancers, those that are gone too.</param>
    /// <param name="databases">The database servers.</param>
    /// <param name="before">The picture before this one; null if there is none.</param>
    public static OperationsView Merge(
        DateTimeOffset time, string source, IReadOnlyList<LoadBalancerStatus> loadBalancers, IReadOnlyList<ServerView> databases,
            OperationsView? before)
    {
        var flows = new List<Flow>();
        TierView[] tiers =
        [
            new(LoadBalancers, "Load balancers", [.. loadBalancers.OrderBy(lb => lb.Name, StringComparer.Ordinal)
                .Select(DescribeLoadBalancer)]),
            MergeTier(Web, "Web servers", loadBalancers, before, flows),
            MergeTier(Api, "API servers", loadBalancers, before, flows),
            new(Database, "Database", databases),
        ];
        if (tiers[2] is { InService: 0, Servers.Count: > 0 })
        {
            // A server that is not ready, or is lost, cannot tell how the database is.
            tiers[3] = new(Database, "Database",
                [.. databases.Select(server => server.State != ServerState.Down ? server
                    : server with { State = ServerState.Unknown, Check = "No API server is in service" })]);
        }

        foreach (var loadBalancer in loadBalancers.Where(IsLive))
        {
            flows.Add(new Flow(Web, loadBalancer.Name, Rate(loadBalancer, LinesOf(loadBalancer.Current, Api, "BACKEND"),
                LinesOf(loadBalancer.Previous, Api, "BACKEND"), "stot") ?? 0));
        }

        if (databases.FirstOrDefault(server => server.State == ServerState.Up) is { Requests: { } transactions } primary)
        {
            flows.Add(new Flow(Api, primary.Name, transactions));
        }

        return new OperationsView(time, source, tiers, flows);
    }

    private static bool IsLive(LoadBalancerStatus loadBalancer) => !loadBalancer.IsGone && loadBalancer.Current is not null;

    private static ServerView DescribeLoadBalancer(LoadBalancerStatus loadBalancer)
    {
        var (now, then) = (LinesOf(loadBalancer.Current, Web, "BACKEND"), loadBalancer.Previous);
        var (front, frontThen) = (Front(loadBalancer.Current), Front(then));
        return new ServerView(loadBalancer.Name, IsLive(loadBalancer) ? ServerState.Up : loadBalancer.IsGone ? ServerState.Down
            : ServerState.Unknown)
        {
            Since = loadBalancer.Since,
            Check = IsLive(loadBalancer) ? "Answers" : loadBalancer.Problem,
            IsStale = loadBalancer.IsGone,
            Requests = Rate(loadBalancer, front, frontThen, "req_tot"),
            Errors = Rate(loadBalancer, front, frontThen, "hrsp_5xx"),
            InFlight = Sum(now, "scur"),
            Queue = Sum(now, "qcur"),
            Mean = MeanOf([.. now.Select(line => (line, line.Number("qtime") + line.Number("ctime") + line.Number("rtime")))]),
        };
    }

    private static StatisticsLine[] Front(LoadBalancerReading? reading) =>
        [.. reading?.Lines.Where(line => line is { Proxy: PublicFrontend, Name: "FRONTEND" }) ?? []];

    private static TierView MergeTier(string tier, string title, IReadOnlyList<LoadBalancerStatus> loadBalancers, OperationsView? before,
        List<Flow> flows)
    {
        // Of load balancers that all are gone, the last that is known is better than nothing.
        var isBlind = !loadBalancers.Any(IsLive);
        var reports = loadBalancers.Where(lb => isBlind ? lb.Current is not null : IsLive(lb)).SelectMany(lb => ReportsOf(lb, tier))
            .ToArray();
        var servers = new List<ServerView>();
        foreach (var same in reports.GroupBy(report => report.Identity))
        {
            var name = servers.Any(other => other.Name == same.First().Line.Name) ? $"{same.First().Line.Name} ({same.Key})"
                : same.First().Line.Name;
            var server = MergeServer(name, [.. same], before?.Find(tier, name));
            servers.Add(!isBlind ? server
                : server with { State = ServerState.Unknown, IsStale = true, Check = "No load balancer answers", Since = null });
            flows.AddRange(isBlind ? [] : same.Select(report => new Flow(report.LoadBalancer.Name, name, report.Requests ?? 0)));
        }

        var queue = reports.Select(report => report.LoadBalancer).Distinct().SelectMany(lb => LinesOf(lb.Current, tier, "BACKEND"))
            .ToArray();
        var ordered = servers.OrderBy(server => server.Name.Length).ThenBy(server => server.Name, StringComparer.Ordinal);
        return new TierView(tier, title, [.. ordered]) { Queue = isBlind ? null : Sum(queue, "qcur") };
    }

    private static ServerView MergeServer(string name, Report[] reports, ServerView? before)
    {
        // What only one of them has noticed is true enough to be shown.
        var state = reports.Max(report => report.Line.State);
        var seen = reports.Where(report => report.Line.State == state).ToArray();
        var changed = seen.Where(report => report.Line.Number("lastchg") is not null)
            .Select(report => report.LoadBalancer.Current!.Time - TimeSpan.FromSeconds(report.Line.Number("lastchg")!.Value))
                .DefaultIfEmpty().Max();
        DateTimeOffset? since = changed == default ? null : changed;
        return new ServerView(name, state)
        {
            // They count whole seconds, so that the same moment would move to and fro.
            Since = before?.State == state && since - before.Since is { } moved && moved.Duration() < TimeSpan.FromSeconds(3)
                ? before.Since : since,
            Check = seen.Length == reports.Length ? seen[0].Line.Check
                : $"{seen[0].Line.Check} (seen by {string.Join(", ", seen.Select(report => report.LoadBalancer.Name))} only)",
            Requests = Add(reports.Select(report => report.Requests)),
            Errors = Add(reports.Select(report => report.Errors)),
            InFlight = Sum(reports.SelectMany(report => report.Lines), "scur"),
            Queue = Sum(reports.SelectMany(report => report.Lines), "qcur"),
            Mean = MeanOf([.. reports.SelectMany(report => report.Lines).Select(line => (line, line.Number("rtime")))]),
        };
    }

    // Servers that are found by DNS have places, and one place may be another server at another load balancer: they are the same if their
    // addresses are. Behind an ingress all have the same address, and in maintenance none.
    private static IEnumerable<Report> ReportsOf(LoadBalancerStatus loadBalancer, string tier)
    {
        var places = loadBalancer.Current!.Lines.Where(line => line.Proxy == tier && line.IsServer
            && !line.Name.EndsWith(FailOpenSuffix, StringComparison.Ordinal)).ToArray();
        var unresolved = 0;
        foreach (var place in places)
        {
            var address = place.Text("addr");
            var identity = address.Length > 0 && places.Count(other => other.Text("addr") == address) == 1 ? address
                : address.Length == 0 && place.Text("status") == "MAINT (resolution)" ? $"place {++unresolved} without a server"
                : place.Name;
            var (now, then) = (LinesOf(loadBalancer.Current, tier, place.Name), LinesOf(loadBalancer.Previous, tier, place.Name));
            var errors = s_errors.Select(column => Rate(loadBalancer, now, then, column)).ToArray();
            yield return new Report(loadBalancer, identity, place, now)
            {
                // Before there are two readings: what it counted in the last second itself.
                Requests = loadBalancer.Previous is null ? Sum(now, "rate") : Rate(loadBalancer, now, then, "stot"),
                Errors = Add(errors),
            };
        }
    }

    private const string FailOpenSuffix = "-fail-open";

    // The same server stands in several places of the configuration. Event streams are not counted: they last for minutes.
    private static StatisticsLine[] LinesOf(LoadBalancerReading? reading, string tier, string server) => [.. reading?.Lines.Where(line =>
        (line.Proxy == tier || line.Proxy == tier + "-large" || line.Proxy == tier + FailOpenSuffix)
        && (line.Name == server || line.Name == server + FailOpenSuffix)) ?? []];

    private static double? Rate(LoadBalancerStatus loadBalancer, IEnumerable<StatisticsLine> now, IEnumerable<StatisticsLine> then,
        string column)
    {
        if (loadBalancer is not { Current: { } current, Previous: { } previous } || Sum(now, column) is not { } count
            || current.Time <= previous.Time)
        {
            return null;
        }

        // Less than before: the load balancer was restarted meanwhile.
        var before = Sum(then, column) ?? 0;
        return (count >= before ? count - before : count) / (current.Time - previous.Time).TotalSeconds;
    }

    private static long? Sum(IEnumerable<StatisticsLine> lines, string column) =>
        lines.Select(line => line.Number(column)).Where(number => number is not null).ToArray() is { Length: > 0 } numbers ? numbers.Sum()
            : null;

    private static double? Add(IEnumerable<double?> numbers) => numbers.Where(number => number is not null)
        .ToArray() is { Length: > 0 } known ? known.Sum() : null;

    // Each mean is of the last 1,024 requests, or of all if there were fewer.
    private static double? MeanOf(IReadOnlyList<(StatisticsLine Line, long? Time)> lines)
    {
        var counted = lines.Where(line => line.Time is not null)
            .Select(line => (Time: line.Time!.Value, Weight: Math.Min(line.Line.Number("stot") ?? 0, 1024))).ToArray();
        return counted.Sum(line => line.Weight) is > 0 and var all ? (double)counted.Sum(line => line.Time * line.Weight) / all : null;
    }

    /// <summary>What one load balancer reports of one server.</summary>
    private sealed record Report(LoadBalancerStatus LoadBalancer, string Identity, StatisticsLine Line, IReadOnlyList<StatisticsLine> Lines)
    {
        public double? Requests { get; init; }

        public double? Errors { get; init; }
    }
}
