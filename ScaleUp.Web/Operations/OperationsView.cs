namespace ScaleUp.Web.Operations;

/// <summary>The state of a server.</summary>
public enum ServerState
{
    /// <summary>The state is unknown.</summary>
    Unknown,

    /// <summary>The server accepts requests.</summary>
    Up,

    /// <summary>The server is started only on demand, and not needed now.</summary>
    Standby,

    /// <summary>The server gets no new requests, and finishes those in flight.</summary>
    Draining,

    /// <summary>The server does not accept requests.</summary>
    Down,
}

/// <summary>One server or load balancer, as shown to operators.</summary>
/// <param name="Name">The name, for example <c>api-2</c>.</param>
/// <param name="State">The current state.</param>
public sealed record ServerView(string Name, ServerState State)
{
    /// <summary>The role, for example "primary"; empty for none.</summary>
    public string Role { get; init; } = "";

    /// <summary>The time at which this state began; null if unknown.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The result of the last health check, or the reason why the state is unknown.</summary>
    public string Check { get; init; } = "";

    /// <summary>Requests per second, for a database transactions per second; null if unknown.</summary>
    public double? Requests { get; init; }

    /// <summary>Failed requests per second; null if unknown.</summary>
    public double? Errors { get; init; }

    /// <summary>Requests in flight; null if unknown.</summary>
    public long? InFlight { get; init; }

    /// <summary>Requests that wait for this server; null if unknown.</summary>
    public long? Queue { get; init; }

    /// <summary>
    /// The mean time to the first byte of the response, in ms, of the last 1,024 requests at each load balancer; null if unknown. HAProxy
    /// reports no percentiles.
    /// </summary>
    public double? Mean { get; init; }

    /// <summary>Whether the metrics are the last known ones, not current ones.</summary>
    public bool IsStale { get; init; }
}

/// <summary>A tier of interchangeable servers.</summary>
/// <param name="Name">The name, for example <c>api</c>.</param>
/// <param name="Title">The title, for example "API servers".</param>
/// <param name="Servers">The servers, ordered by name.</param>
public sealed record TierView(string Name, string Title, IReadOnlyList<ServerView> Servers)
{
    /// <summary>The number of servers that accept requests now.</summary>
    public int InService => Servers.Count(server => server.State == ServerState.Up && !server.IsStale);

    /// <summary>The number of servers that should accept requests: all except standby servers.</summary>
    public int Expected => Servers.Count(server => server.State != ServerState.Standby);

    /// <summary>Requests that wait for any server of the tier; null if unknown.</summary>
    public long? Queue { get; init; }

    /// <summary>Requests per second of all servers; null if unknown.</summary>
    public double? Requests => Sum(server => server.Requests);

    /// <summary>Failed requests per second of all servers; null if unknown.</summary>
    public double? Errors => Sum(server => server.Errors);

    /// <summary>The mean response time of the servers in ms, weighted by their requests per second; null if unknown.</summary>
    public double? Mean => Current.Where(server => server.Mean is not null).ToArray() is not { Length: > 0 } timed ? null
        : timed.Sum(server => server.Requests ?? 0) is > 0 and var all
            ? timed.Sum(server => server.Mean!.Value * (server.Requests ?? 0)) / all
        : timed.Average(server => server.Mean!.Value);

    private IEnumerable<ServerView> Current => Servers.Where(server => !server.IsStale);

    private double? Sum(Func<ServerView, double?> number) => TopologyMerge.SumKnown(Current.Select(number));
}

/// <summary>The traffic from one server to another.</summary>
/// <param name="From">The sender; <c>web</c> or <c>api</c> for all servers of that tier.</param>
/// <param name="To">The receiver.</param>
/// <param name="Requests">Requests per second; to a database, transactions per second.</param>
public sealed record Flow(string From, string To, double Requests);

/// <summary>The state of all tiers at one moment, as shown to operators.</summary>
/// <param name="Time">The moment.</param>
/// <param name="Source">The web server that collected the data.</param>
/// <param name="Tiers">Load balancers, web servers, API servers and the database, in this order.</param>
/// <param name="Flows">The traffic between them.</param>
public sealed record OperationsView(DateTimeOffset Time, string Source, IReadOnlyList<TierView> Tiers, IReadOnlyList<Flow> Flows)
{
    /// <summary>The data that is unavailable, and the reason; empty if the data is complete.</summary>
    public string Limits { get; init; } = "";

    /// <summary>The state in one sentence, worst first.</summary>
    public string Verdict => Verdicts.Of(this);

    /// <summary>Whether all servers are in service or on standby.</summary>
    public bool IsGood => Tiers.All(tier => tier.Servers.All(Verdicts.IsFine));

    internal ServerView? Find(string tier, string server) => Tiers.FirstOrDefault(t => t.Name == tier)?.Servers.FirstOrDefault(s =>
        s.Name == server);
}

/// <summary>An event of a server.</summary>
/// <param name="Time">The time of the event.</param>
/// <param name="Server">The server's name.</param>
/// <param name="State">The server's state after the event.</param>
/// <param name="Text">A sentence that describes the event.</param>
public sealed record TimelineEvent(DateTimeOffset Time, string Server, ServerState State, string Text)
{
    /// <summary>The administrator who caused the event; empty if none did.</summary>
    public string By { get; init; } = "";
}

/// <summary>The metrics of one tier at a past moment.</summary>
/// <param name="Requests">Requests per second.</param>
/// <param name="Errors">Failed requests per second.</param>
/// <param name="Mean">Mean response time in ms.</param>
/// <param name="InService">The number of servers that accept requests.</param>
public sealed record TierNumbers(double? Requests, double? Errors, double? Mean, int InService);

/// <summary>The metrics of all tiers at a past moment.</summary>
/// <param name="Time">Unix time in seconds, a multiple of <see cref="OperationsHistory.Interval"/>.</param>
/// <param name="Tiers">The metrics of each tier, by its name.</param>
public sealed record HistoryPoint(long Time, IReadOnlyDictionary<string, TierNumbers> Tiers);
