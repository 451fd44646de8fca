namespace ScaleUp.Tests.Drills.Faults;

/// <summary>What is done to the system under load.</summary>
/// <param name="Name">What <c>eng/drill.sh</c> calls it.</param>
/// <param name="Title">What happens, in a few words.</param>
/// <param name="Faults">What happens to which servers.</param>
/// <param name="IsRolling">Whether one fault comes after the other, each when the one before is got over; else all come in the same moment.</param>
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
        new("rolling-restart", "All servers of all tiers are restarted, one after the other", [.. s_servers.Select(server => new Fault(FaultKind.Restart, server))], IsRolling: true),
        new("kill-lb-and-api", "A load balancer and an application server get SIGKILL in the same second", [new(FaultKind.Kill, "lb-1"), new(FaultKind.Kill, "api-1")]),
    ];

    /// <summary>The few that say most, for every build.</summary>
    public static IReadOnlyList<string> Representative { get; } = ["kill-lb", "kill-web", "hang-web", "term-api", "kill-api", "kill-postgres"];

    /// <summary>Each thing that a long run may do, to each server that it may do it to.</summary>
    public static IReadOnlyList<Fault> Accidents { get; } =
    [
        .. from server in s_servers from kind in new[] { FaultKind.Terminate, FaultKind.Kill, FaultKind.Hang } select new Fault(kind, server),
        .. from kind in new[] { FaultKind.Restart, FaultKind.Kill, FaultKind.Hang } select new Fault(kind, Fault.Database),
    ];

    /// <summary>Whether the database has a part in it.</summary>
    public bool IsOfDatabase => Faults.Any(fault => fault.IsOfDatabase);

    /// <summary>Whether something hangs in it.</summary>
    public bool IsHang => Faults.Any(fault => fault.Kind == FaultKind.Hang);

    /// <exception cref="ArgumentException">There is no such drill; the message has the names of all.</exception>
    public static Drill Named(string name) => All.FirstOrDefault(drill => drill.Name == name)
        ?? throw new ArgumentException($"There is no drill '{name}'. There are: {string.Join(", ", All.Select(drill => drill.Name))}.");
}
