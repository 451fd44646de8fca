namespace ScaleUp.Web.Operations;

/// <summary>The statistics of one load balancer at one moment.</summary>
/// <param name="Time">The time at which they were received.</param>
/// <param name="Lines">The lines of the response.</param>
internal sealed record LoadBalancerReading(DateTimeOffset Time, IReadOnlyList<StatisticsLine> Lines);

/// <summary>The status of one load balancer.</summary>
/// <param name="Name">The name.</param>
/// <param name="Current">The last statistics; null if none were received yet.</param>
/// <param name="Previous">The statistics before those, to compute rates; null if there are none.</param>
internal sealed record LoadBalancerStatus(string Name, LoadBalancerReading? Current, LoadBalancerReading? Previous)
{
    /// <summary>Whether the load balancer does not respond.</summary>
    public bool IsGone { get; init; }

    /// <summary>The time since which it responds, or does not respond; null if unknown.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The reason why there are no statistics; empty if there are.</summary>
    public string Problem { get; init; } = "";
}

/// <summary>Merges the statistics that several load balancers report about the same servers.</summary>
internal static class TopologyMerge
{
    public const string LoadBalancers = "lb";
    public const string Web = "web";
    public const string Api = "api";
    public const string Database = "database";
    private static readonly string[] s_errors = ["hrsp_5xx", "econ", "eresp"];
    private const string PublicFrontend = "public-front";

    /// <summary>Merges the statistics.</summary>
    /// <param name="time">The current time.</param>
    /// <param name="source">The name of this web server.</param>
    /// <param name="loadBalancers">All load balancers, including those that are down.</param>
    /// <param name="databases">The database servers.</param>
    /// <param name="before">The previous result; null if there is none.</param>
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
            // Without an API server in service, the state of the database can't be checked.
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
            Check = IsLive(loadBalancer) ? "Responds" : loadBalancer.Problem,
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
        // If all load balancers are down, show their last statistics.
        var areAllDown = !loadBalancers.Any(IsLive);
        var reports = loadBalancers.Where(lb => areAllDown ? lb.Current is not null : IsLive(lb)).SelectMany(lb => ReportsOf(lb, tier))
            .ToArray();
        var servers = new List<ServerView>();
        foreach (var same in reports.GroupBy(report => report.Identity))
        {
            var name = servers.Any(other => other.Name == same.First().Line.Name) ? $"{same.First().Line.Name} ({same.Key})"
                : same.First().Line.Name;
            var server = MergeServer(name, [.. same], before?.Find(tier, name));
            servers.Add(!areAllDown ? server
                : server with { State = ServerState.Unknown, IsStale = true, Check = "No load balancer responds", Since = null });
            flows.AddRange(areAllDown ? [] : same.Select(report => new Flow(report.LoadBalancer.Name, name, report.Requests ?? 0)));
        }

        var queue = reports.Select(report => report.LoadBalancer).Distinct().SelectMany(lb => LinesOf(lb.Current, tier, "BACKEND"))
            .ToArray();
        var ordered = servers.OrderBy(server => server.Name.Length).ThenBy(server => server.Name, StringComparer.Ordinal);
        return new TierView(tier, title, [.. ordered]) { Queue = areAllDown ? null : Sum(queue, "qcur") };
    }

    private static ServerView MergeServer(string name, Report[] reports, ServerView? before)
    {
        // Show the worst state that any load balancer reports.
        var state = reports.Max(report => report.Line.State);
        var seen = reports.Where(report => report.Line.State == state).ToArray();
        var changed = seen.Where(report => report.Line.Number("lastchg") is not null)
            .Select(report => report.LoadBalancer.Current!.Time - TimeSpan.FromSeconds(report.Line.Number("lastchg")!.Value))
                .DefaultIfEmpty().Max();
        DateTimeOffset? since = changed == default ? null : changed;
        return new ServerView(name, state)
        {
            // HAProxy reports whole seconds, so ignore small differences between two results.
            Since = before?.State == state && since - before.Since is { } moved && moved.Duration() < TimeSpan.FromSeconds(3)
                ? before.Since : since,
            Check = seen.Length == reports.Length ? seen[0].Line.Check
                : $"{seen[0].Line.Check} (seen by {string.Join(", ", seen.Select(report => report.LoadBalancer.Name))} only)",
            Requests = SumKnown(reports.Select(report => report.Requests)),
            Errors = SumKnown(reports.Select(report => report.Errors)),
            InFlight = Sum(reports.SelectMany(report => report.Lines), "scur"),
            Queue = Sum(reports.SelectMany(report => report.Lines), "qcur"),
            Mean = MeanOf([.. reports.SelectMany(report => report.Lines).Select(line => (line, line.Number("rtime")))]),
        };
    }

    // DNS discovery assigns servers to slots, and a slot may hold different servers on different load balancers. So identify servers by
    // address, except behind an ingress, where all have the same address, and in maintenance, where they have none.
    private static IEnumerable<Report> ReportsOf(LoadBalancerStatus loadBalancer, string tier)
    {
        var slots = loadBalancer.Current!.Lines.Where(line => line.Proxy == tier && line.IsServer
            && !line.Name.EndsWith(FailOpenSuffix, StringComparison.Ordinal)).ToArray();
        var unresolved = 0;
        foreach (var slot in slots)
        {
            var address = slot.Text("addr");
            var identity = address.Length > 0 && slots.Count(other => other.Text("addr") == address) == 1 ? address
                : address.Length == 0 && slot.Text("status") == "MAINT (resolution)" ? $"slot {++unresolved} without a server"
                : slot.Name;
            var (now, then) = (LinesOf(loadBalancer.Current, tier, slot.Name), LinesOf(loadBalancer.Previous, tier, slot.Name));
            var errors = s_errors.Select(column => Rate(loadBalancer, now, then, column)).ToArray();
            yield return new Report(loadBalancer, identity, slot, now)
            {
                // Without previous statistics, use the load balancer's own rate of the last second.
                Requests = loadBalancer.Previous is null ? Sum(now, "rate") : Rate(loadBalancer, now, then, "stot"),
                Errors = SumKnown(errors),
            };
        }
    }

    private const string FailOpenSuffix = "-fail-open";

    // A server belongs to several backends of the configuration. Don't count event streams, which last for minutes.
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

        // A lower count means that the load balancer restarted.
        var before = Sum(then, column) ?? 0;
        return (count >= before ? count - before : count) / (current.Time - previous.Time).TotalSeconds;
    }

    private static long? Sum(IEnumerable<StatisticsLine> lines, string column) =>
        lines.Select(line => line.Number(column)).Where(number => number is not null).ToArray() is { Length: > 0 } numbers ? numbers.Sum()
            : null;

    /// <summary>The sum of the known numbers; null if none is known.</summary>
    public static double? SumKnown(IEnumerable<double?> numbers) => numbers.Where(number => number is not null)
        .ToArray() is { Length: > 0 } known ? known.Sum() : null;

    // HAProxy's mean covers the last 1,024 requests, or all if there were fewer.
    private static double? MeanOf(IReadOnlyList<(StatisticsLine Line, long? Time)> lines)
    {
        var counted = lines.Where(line => line.Time is not null)
            .Select(line => (Time: line.Time!.Value, Weight: Math.Min(line.Line.Number("stot") ?? 0, 1024))).ToArray();
        return counted.Sum(line => line.Weight) is > 0 and var all ? (double)counted.Sum(line => line.Time * line.Weight) / all : null;
    }

    /// <summary>One load balancer's report about one server.</summary>
    private sealed record Report(LoadBalancerStatus LoadBalancer, string Identity, StatisticsLine Line, IReadOnlyList<StatisticsLine> Lines)
    {
        public double? Requests { get; init; }

        public double? Errors { get; init; }
    }
}
