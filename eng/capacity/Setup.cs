namespace ScaleUp.Capacity;

/// <summary>How many servers there are.</summary>
/// <param name="LoadBalancers">Load balancers.</param>
/// <param name="Web">Web servers.</param>
/// <param name="Api">Application servers.</param>
/// <param name="DatabaseCores">Processor cores of the one database server.</param>
internal sealed record Servers(int LoadBalancers, int Web, int Api, int DatabaseCores);

/// <summary>A server that is lost, and comes back.</summary>
/// <param name="Tier">lb, web or api: the first of its servers.</param>
/// <param name="How">How it is lost.</param>
/// <param name="At">When, in seconds.</param>
/// <param name="For">After how many seconds it is there again.</param>
internal sealed record Fault(string Tier, Loss How, double At, double For);

/// <summary>All that the simulation and the arithmetic begin with.</summary>
internal sealed record Setup
{
    private static readonly Setup s_usual = new() { Costs = new("", "", new(0, 0, 0, 0), new(0, 0, 0, 0), []) };

    public required Costs Costs { get; init; }

    /// <summary>Requests of visitors in a second.</summary>
    public double Rate { get; init; } = 1000;

    /// <summary>The share of each of <see cref="Costs.Kinds"/>.</summary>
    public double[] Mix { get; init; } = [0.2, 0.5, 0.1, 0.15, 0.05];

    public Servers Servers { get; init; } = new(2, 2, 3, 2);

    /// <summary>Processor cores of a load balancer, web or application server.</summary>
    public int Cores { get; init; } = 2;

    /// <summary><c>LoadBalancer:RequestsPerServer</c>: requests that one load balancer gives to one server at a time; 8 for two cores.</summary>
    public int RequestsPerServer { get; init; } = 8;

    /// <summary><c>Database:PoolSize</c>: connections of one application server.</summary>
    public int PoolSize { get; init; } = 20;

    /// <summary>Milliseconds from one server to another, one way.</summary>
    public double Hop { get; init; } = 0.25;

    /// <summary>Seconds until load balancers send nothing more to a server that hangs: the longest, HAProxySettings.DetectionTime.</summary>
    public double Detection { get; init; } = 1.25;

    /// <summary>Standard deviation of a piece of work, divided by its mean; null takes what the percentiles of the measurement say.</summary>
    public double? Variation { get; init; }

    /// <summary>Processor cores that all servers share, as on one laptop; 0: each has its own.</summary>
    public int SharedCores { get; init; }

    public double Seconds { get; init; } = 30;

    public int Seed { get; init; } = 1;

    public Fault? Fault { get; init; }

    /// <summary>Milliseconds that 999 of 1000 requests may take.</summary>
    public double Bound { get; init; } = 250;

    /// <summary>The share of its cores' time that a tier may be busy, at most, with its spare servers away.</summary>
    public double Utilisation { get; init; } = 0.6;

    /// <summary>Servers of each tier that may be away.</summary>
    public int Spare { get; init; } = 1;

    /// <summary>Processor cores of the largest database server that one would run.</summary>
    public int DatabaseServer { get; init; } = 32;

    /// <summary>Seconds from one request of a visitor to their next.</summary>
    public double Think { get; init; } = 10;

    /// <summary>Connections that a visitor's browser keeps.</summary>
    public double ConnectionsPerVisitor { get; init; } = 2;

    /// <summary>A mean over the mix.</summary>
    public double Mean(Func<RequestCost, double> figure) => Costs.Requests.Select((request, kind) => Mix[kind] * figure(request)).Sum();

    /// <exception cref="ArgumentsException">A value is not one.</exception>
    public static Setup Read(Arguments arguments, Func<string?, Costs> costs)
    {
        var usual = s_usual;
        var rate = arguments.Number("--rate", usual.Rate, 0.1, 10_000_000);
        var cores = arguments.Whole("--cores", usual.Cores, 1, 1024);
        var seconds = arguments.Number("--seconds", usual.Seconds, 0.1, 3600);
        return new Setup
        {
            Rate = rate,
            Mix = arguments.Shares("--mix", Costs.Kinds, usual.Mix),
            Servers = new(
                arguments.Whole("--lb", usual.Servers.LoadBalancers, 1, 10_000), arguments.Whole("--web", usual.Servers.Web, 1, 10_000),
                arguments.Whole("--api", usual.Servers.Api, 1, 10_000), arguments.Whole("--db-cores", usual.Servers.DatabaseCores, 1, 10_000)),
            Cores = cores,
            RequestsPerServer = arguments.Whole("--per-server", usual.RequestsPerServer / usual.Cores * cores, 1, 10_000),
            PoolSize = arguments.Whole("--pool", usual.PoolSize, 1, 1000),
            Hop = arguments.Number("--hop", usual.Hop, 0, 1000),
            Detection = arguments.Number("--detection", usual.Detection, 0, 60),
            Variation = arguments.Read("--variation") is null ? null : arguments.Number("--variation", 0, 0, 10),
            SharedCores = arguments.Whole("--shared-cores", usual.SharedCores, 0, 1024),
            Seconds = seconds,
            Seed = arguments.Whole("--seed", usual.Seed, 0, int.MaxValue),
            Fault = ReadFault(arguments, seconds),
            Bound = arguments.Number("--bound", usual.Bound, 1, 60_000),
            Utilisation = arguments.Number("--utilisation", usual.Utilisation, 0.05, 0.95),
            Spare = arguments.Whole("--spare", usual.Spare, 0, 100),
            DatabaseServer = arguments.Whole("--db-server", usual.DatabaseServer, 1, 1024),
            Think = arguments.Number("--think", usual.Think, 0.1, 3600),
            ConnectionsPerVisitor = arguments.Number("--connections", usual.ConnectionsPerVisitor, 1, 100),
            // Last: a file that is not one is no reason to keep quiet about a number that is not one.
            Costs = costs(arguments.Read("--costs")),
        };
    }

    private static Fault? ReadFault(Arguments arguments, double seconds)
    {
        var how = arguments.OneOf("--how", "kill", "hang");
        var (at, length) = (arguments.Number("--at", seconds / 3, 0, 3600), arguments.Number("--for", seconds / 3, 0, 3600));
        return arguments.OneOf("--lose", "lb", "web", "api") is not { } tier ? null
            : (tier, how) is ("lb", "hang") ? throw new ArgumentsException("--how hang is not for --lose lb: what browsers do with a load balancer that hangs is not simulated")
            : at + length > seconds ? throw new ArgumentsException($"--at and --for must be {seconds} s (--seconds) together at most, not {at + length} s")
            : new(tier, how == "hang" ? Loss.Hang : Loss.Kill, at, length);
    }
}
