namespace ScaleUp.Tests.Drills.Faults;

/// <summary>The kind of a fault.</summary>
internal enum FaultKind
{
    /// <summary>SIGTERM: the server terminates. The repair starts it again.</summary>
    Terminate,

    /// <summary>SIGKILL: the server dies. The repair starts it again.</summary>
    Kill,

    /// <summary>SIGSTOP: the server keeps its connections but does nothing. The repair resumes it (SIGCONT).</summary>
    Hang,

    /// <summary>The server is stopped and started gracefully, by the dashboard's commands.</summary>
    Restart,

    /// <summary>A standby of the PostgreSQL cluster becomes the primary, by the dashboard's command.</summary>
    SwitchOver,
}

/// <summary>A fault of one server.</summary>
/// <param name="Kind">The kind of the fault.</param>
/// <param name="Target">The name of the affected resource.</param>
internal sealed record Fault(FaultKind Kind, string Target)
{
    /// <summary>The only server without redundancy.</summary>
    public const string Database = "postgres";

    /// <summary>The member of the PostgreSQL cluster that is the primary when the fault is injected.</summary>
    public const string Primary = "primary";

    /// <summary>A member of the PostgreSQL cluster that is a standby when the fault is injected.</summary>
    public const string Standby = "standby";

    /// <summary>The other standby.</summary>
    public const string OtherStandby = "other-standby";

    /// <summary>Whether the fault affects a member of the PostgreSQL cluster.</summary>
    public bool IsOfCluster => Target is Primary or Standby or OtherStandby || Target.StartsWith("postgres-", StringComparison.Ordinal);

    /// <summary>Whether the fault affects the database, so that writes and uncached pages are unavailable.</summary>
    public bool IsOfDatabase => Target == Database || IsOfCluster;

    /// <summary>Whether the fault affects a load balancer, to which visitors connect directly.</summary>
    public bool IsOfLoadBalancer => Target.StartsWith("lb-", StringComparison.Ordinal);

    public override string ToString() => $"{Kind} {Target}";
}
