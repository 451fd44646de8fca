namespace ScaleUp.Tests.Drills.Faults;

/// <summary>A drill: faults injected under load.</summary>
/// <param name="Name">The name in <c>eng/drill.sh</c>.</param>
/// <param name="Title">A short description.</param>
/// <param name="Faults">The faults and their servers.</param>
/// <param name="IsRolling">Whether faults are sequential, each after recovery from the previous one, instead of simultaneous.</param>
internal sealed record Drill(string Name, string Title, IReadOnlyList<Fault> Faults, bool IsRolling = false)
{
    private static readonly string[] s_servers = ["lb-1", "lb-2", "web-1", "web-2", "api-1", "api-2", "api-3"];

    /// <summary>All drills, in the order of the report.</summary>
    public static IReadOnlyList<Drill> All { get; } =
    [
        new("term-lb", "A load balancer gets SIGTERM", [new(FaultKind.Terminate, "lb-1")]),
        new("kill-lb", "A load balancer gets SIGKILL", [new(FaultKind.Kill, "lb-1")]),
        new("hang-lb", "A load balancer hangs", [new(FaultKind.Hang, "lb-1")]),
        new("term-web", "A web server gets SIGTERM", [new(FaultKind.Terminate, "web-1")]),
        new("kill-web", "A web server gets SIGKILL", [new(FaultKind.Kill, "web-1")]),
        new("hang-web", "A web server hangs (SIGSTOP)", [new(FaultKind.Hang, "web-1")]),
        new("term-api", "An application server gets SIGTERM", [new(FaultKind.Terminate, "api-1")]),
        new("kill-api", "An application server gets SIGKILL", [new(FaultKind.Kill, "api-1")]),
        new("hang-api", "An application server hangs (SIGSTOP)", [new(FaultKind.Hang, "api-1")]),
        new("restart-postgres", "PostgreSQL is restarted", [new(FaultKind.Restart, Fault.Database)]),
        new("kill-postgres", "PostgreSQL gets SIGKILL", [new(FaultKind.Kill, Fault.Database)]),
        new("hang-postgres", "PostgreSQL hangs", [new(FaultKind.Hang, Fault.Database)]),
        new("rolling-restart", "All servers of all tiers are restarted, one after the other",
            [.. s_servers.Select(server => new Fault(FaultKind.Restart, server))], IsRolling: true),
        new("kill-lb-and-api", "A load balancer and an application server get SIGKILL in the same second",
            [new(FaultKind.Kill, "lb-1"), new(FaultKind.Kill, "api-1")]),
    ];

    /// <summary>The drills of the PostgreSQL cluster, which need another topology.</summary>
    public static IReadOnlyList<Drill> OfCluster { get; } =
    [
        new("kill-primary", "PostgreSQL's primary gets SIGKILL", [new(FaultKind.Kill, Fault.Primary)]),
        new("term-primary", "PostgreSQL's primary gets SIGTERM", [new(FaultKind.Terminate, Fault.Primary)]),
        new("hang-primary", "PostgreSQL's primary hangs", [new(FaultKind.Hang, Fault.Primary)]),
        new("kill-standby", "A standby of PostgreSQL gets SIGKILL", [new(FaultKind.Kill, Fault.Standby)]),
        new("kill-two-of-three", "Both standbys of PostgreSQL get SIGKILL",
            [new(FaultKind.Kill, Fault.Standby), new(FaultKind.Kill, Fault.OtherStandby)]),
        new("switch-over", "A standby of PostgreSQL becomes the primary", [new(FaultKind.SwitchOver, Fault.Standby)]),
    ];

    /// <summary>The most important drills, which are part of every build.</summary>
    public static IReadOnlyList<string> Representative { get; } = [
        "kill-lb", "kill-web", "hang-web", "term-api", "kill-api", "kill-postgres"];

    /// <summary>Every fault of a long run, for every server that it applies to.</summary>
    public static IReadOnlyList<Fault> Accidents { get; } =
    [
        .. from server in s_servers from kind in new[] { FaultKind.Terminate, FaultKind.Kill, FaultKind.Hang }
        select new Fault(kind, server),
        .. from kind in new[] { FaultKind.Restart, FaultKind.Kill, FaultKind.Hang } select new Fault(kind, Fault.Database),
    ];

    /// <summary>Whether a fault affects the database.</summary>
    public bool IsOfDatabase => Faults.Any(fault => fault.IsOfDatabase);

    /// <summary>Whether a fault affects a member of the PostgreSQL cluster.</summary>
    public bool IsOfCluster => Faults.Any(fault => fault.IsOfCluster);

    /// <summary>Whether a server hangs.</summary>
    public bool IsHang => Faults.Any(fault => fault.Kind == FaultKind.Hang);

    /// <exception cref="ArgumentException">The drill does not exist; the message lists the valid names.</exception>
    public static Drill Named(string name) => All.Concat(OfCluster).FirstOrDefault(drill => drill.Name == name)
        ?? throw new ArgumentException(
            $"Unknown drill '{name}'. Valid names: {string.Join(", ", All.Concat(OfCluster).Select(drill => drill.Name))}.");
}
