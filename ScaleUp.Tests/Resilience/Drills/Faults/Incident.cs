namespace ScaleUp.Tests.Drills.Faults;

/// <summary>A fault and what became of it; times from the beginning of the load.</summary>
/// <param name="What">What happened to which servers.</param>
/// <param name="IsOfDatabase">Whether the database had a part in it.</param>
/// <param name="Began">When it happened.</param>
/// <param name="Mended">When an operator did something about it: this is the end of the fault.</param>
/// <param name="DatabaseBack">When the database took connections again; null if it had no part in it, or never.</param>
/// <param name="FullStrength">When all servers were in use again; null for not within a minute.</param>
internal sealed record Incident(string What, bool IsOfDatabase, TimeSpan Began, TimeSpan Mended, TimeSpan? DatabaseBack, TimeSpan? FullStrength)
{
    /// <summary>Whether what was broken was found not to work, from the middle of it on. A fault without effect would show nothing.</summary>
    public bool HadEffect { get; init; } = true;

    /// <summary>When what was to happen had happened: a busy container engine takes a second to send a signal.</summary>
    public TimeSpan Done { get; init; } = Began;

    /// <summary>Whether a load balancer ended in it.</summary>
    public bool EndsLoadBalancer { get; init; }

    /// <summary>From the end of the fault until all servers were in use again.</summary>
    public TimeSpan? Recovery => FullStrength - Mended;

    /// <summary>The end of the time in which something is not as usual.</summary>
    /// <param name="end">The end of the load, for an incident that is not got over.</param>
    public TimeSpan Over(TimeSpan end) => FullStrength ?? end;
}
