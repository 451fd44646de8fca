namespace ScaleUp.Web.Operations;

/// <summary>Whether a server takes requests.</summary>
public enum ServerState
{
    /// <summary>It is not known.</summary>
    Unknown,

    /// <summary>It takes requests.</summary>
    Up,

    /// <summary>It is not started, and not missed.</summary>
    Standby,

    /// <summary>It gets no new requests, and finishes those in flight.</summary>
    Draining,

    /// <summary>It takes no requests.</summary>
    Down,
}

/// <summary>One server, or one load balancer, as operators see it.</summary>
/// <param name="Name">For example <c>api-2</c>.</param>
/// <param name="State">Whether it takes requests.</param>
public sealed record ServerView(string Name, ServerState State)
{
    /// <summary>For example "primary"; empty for none.</summary>
    public string Role { get; init; } = "";

    /// <summary>Since when it is in this state; null if that is not known.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>The result of the last health check, or why nothing is known.</summary>
    public string Check { get; init; } = "";

    /// <summary>Requests (of a database: transactions) a second; null if that is not known.</summary>
    public double? Requests { get; init; }

    /// <summary>Failed requests a second.</summary>
    public double? Errors { get; init; }

    /// <summary>Requests that it has now.</summary>
    public long? InFlight { get; init; }

    /// <summary>Requests that wait for it.</summary>
    public long? Queue { get; init; }

    /// <summary>Mean time to the response's first byte, in ms, of the last 1,024 requests at each load balancer, which report no
    /// percentiles.</summary>
    public double? Mean { get; init; }

    /// <summary>The numbers are the last known, and not those of now.</summary>
    public bool IsStale { get; init; }
}

/// <summary>Servers that do the same work.</summary>
/// <param name="Name">For example <c>api</c>.</param>
/// <param name="Title">For example "API servers".</param>
/// <param name="Servers">Its servers, in the order of their names.</param>
public sealed record TierView(string Name, string Title, IReadOnlyList<ServerView> Servers)
{
    /// <summary>Servers that take requests now.</summary>
    public int InService => Servers.Count(server => server.State == ServerState.Up && !server.IsStale);

    /// <summary>Servers that should take requests: all but those on standby.</summary>
    public int Expected => Servers.Count(server => server.State != ServerState.Standby);

    /// <summary>Requests of the tier that wait for a server; null if that is not known.</summary>
    public long? Queue { get; init; }

    /// <summary>Requests a second of all its servers.</summary>
    public double? Requests => Sum(server => server.Requests);

    /// <summary>Failed requests a second of all its servers.</summary>
    public double? Errors => Sum(server => server.Errors);

    /// <summary>The mean response time of its servers, each counted by its requests, in ms; null if there are no requests to
    /// count.</summary>
    public double? Mean => Live.Where(server => server.Mean is not null).ToArray() is not { Length: > 0 } timed ? null
        : timed.Sum(server => server.Requests ?? 0) is > 0 and var all
            ? timed.Sum(server => server.Mean!.Value * (server.Requests ?? 0)) / all
        : timed.Average(server => server.Mean!.Value);

    private IEnumerable<ServerView> Live => Servers.Where(server => !server.IsStale);

    private double? Sum(Func<ServerView, double?> number) => Live.Select(number).Where(n => n is not null)
        .ToArray() is { Length: > 0 } numbers ? numbers.Sum() : null;
}

/// <summary>Requests a second from one server to another.</summary>
/// <param name="From">Who sends them; <c>web</c> is all web servers together.</param>
/// <param name="To">Who receives them.</param>
/// <param name="Requests">Requests a second.</param>
public sealed record Flow(string From, string To, double Requests);

/// <summary>What operators see, at one moment.</summary>
/// <param name="Time">The moment.</param>
/// <param name="Source">The web server that has looked.</param>
/// <param name="Tiers">Load balancers, web servers, API servers and the database, in this order.</param>
/// <param name="Flows">The traffic between them.</param>
public sealed record OperationsView(DateTimeOffset Time, string Source, IReadOnlyList<TierView> Tiers, IReadOnlyList<Flow> Flows)
{
    /// <summary>What cannot be known here, and why; empty if nothing is missing.</summary>
    public string Limits { get; init; } = "";

    /// <summary>The state in one sentence, worst first.</summary>
    public string Verdict => Verdicts.Of(this);

    /// <summary>Whether everything is as it should be.</summary>
    public bool IsGood => Tiers.All(tier => tier.Servers.All(Verdicts.IsFine));

    internal ServerView? Find(string tier, string server) => Tiers.FirstOrDefault(t => t.Name == tier)?.Servers.FirstOrDefault(s =>
        s.Name == server);
}

/// <summary>Something that happened to a server.</summary>
/// <param name="Time">When.</param>
/// <param name="Server">To which server.</param>
/// <param name="State">The state that began then.</param>
/// <param name="Text">What happened, in a sentence.</param>
public sealed record TimelineEvent(DateTimeOffset Time, string Server, ServerState State, string Text)
{
    /// <summary>The administrator whose command it was; empty for what happened by itself.</summary>
    public string By { get; init; } = "";
}

/// <summary>The numbers of one tier at one moment of the past.</summary>
/// <param name="Requests">Requests a second.</param>
/// <param name="Errors">Failed requests a second.</param>
/// <param name="Mean">Mean response time in ms.</param>
/// <param name="InService">Servers that take requests.</param>
public sealed record TierNumbers(double? Requests, double? Errors, double? Mean, int InService);

/// <summary>The numbers of all tiers at one moment of the past.</summary>
/// <param name="Time">Unix time in seconds, a multiple of <see cref="OperationsHistory.Interval"/>.</param>
/// <param name="Tiers">By the names of the tiers.</param>
public sealed record HistoryPoint(long Time, IReadOnlyDictionary<string, TierNumbers> Tiers);
