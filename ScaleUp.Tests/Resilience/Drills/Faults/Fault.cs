namespace ScaleUp.Tests.Drills.Faults;

/// <summary>What happens to a server.</summary>
internal enum FaultKind
{
    /// <summary>SIGTERM: it is told to end. Later it is started again.</summary>
    Terminate,

    /// <summary>SIGKILL: it is gone. Later it is started again.</summary>
    Kill,

    /// <summary>SIGSTOP: it holds its connections and does nothing. Later it goes on (SIGCONT).</summary>
    Hang,

    /// <summary>It is stopped and started in good order, by the dashboard's commands.</summary>
    Restart,
}

/// <summary>Something that happens to one server.</summary>
/// <param name="Kind">What happens.</param>
/// <param name="Target">The resource that it happens to.</param>
internal sealed record Fault(FaultKind Kind, string Target)
{
    /// <summary>The only server that has no second.</summary>
    public const string Database = "postgres";

    /// <summary>Whether it is the database's, so that writes and fresh pages cannot go on.</summary>
    public bool IsOfDatabase => Target == Database;

    /// <summary>Whether it is a load balancer's, to which visitors themselves are connected.</summary>
    public bool IsOfLoadBalancer => Target.StartsWith("lb-", StringComparison.Ordinal);

    public override string ToString() => $"{Kind} {Target}";
}
