namespace ScaleUp.Tests.Drills.Faults;

/// <summary>A fault and its course, with times since the start of the load.</summary>
/// <param name="What">A description of the faults and their servers.</param>
/// <param name="IsOfDatabase">Whether the fault affected the database.</param>
/// <param name="Began">The start of the fault.</param>
/// <param name="Mended">The time of the repair, which ends the fault.</param>
/// <param name="DatabaseBack">The time at which the database accepted connections again; null if it was not affected or did not
/// return.</param>
/// <param name="FullStrength">The time at which all servers were in use again; null if not within a minute.</param>
internal sealed record Incident(
    string What, bool IsOfDatabase, TimeSpan Began, TimeSpan Mended, TimeSpan? DatabaseBack, TimeSpan? FullStrength)
{
    /// <summary>Whether the fault was observed to have an effect. A drill without an effect is meaningless.</summary>
    public bool HadEffect { get; init; } = true;

    /// <summary>The time at which the injection was complete: a busy container engine takes a second to send a signal.</summary>
    public TimeSpan Done { get; init; } = Began;

    /// <summary>Whether the fault ended a load balancer.</summary>
    public bool EndsLoadBalancer { get; init; }

    /// <summary>The time from the end of the fault until all servers were in use again.</summary>
    public TimeSpan? Recovery => FullStrength - Mended;

    /// <summary>The end of the incident: full strength, or the end of the load.</summary>
    /// <param name="end">The end of the load, for an incident without recovery.</param>
    public TimeSpan Over(TimeSpan end) => FullStrength ?? end;
}
