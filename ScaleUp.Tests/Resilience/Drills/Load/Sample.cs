namespace ScaleUp.Tests.Drills.Load;

/// <summary>The purpose of a request; different limits apply to each.</summary>
internal enum RequestKind
{
    /// <summary>A public page, of which web servers keep copies.</summary>
    Read,

    /// <summary>A page for a signed-in user, never cached.</summary>
    PersonalRead,

    /// <summary>A write.</summary>
    Write,
}

/// <summary>The outcome of a request, as the visitor sees it.</summary>
internal enum Outcome
{
    /// <summary>The page, or the acknowledgement of a write.</summary>
    Good,

    /// <summary>A page that is marked as a stale copy.</summary>
    Copy,

    /// <summary>503 with <c>Retry-After</c>: the website reports that it is temporarily unavailable.</summary>
    Unavailable,

    /// <summary>Anything else: an error, an incomplete response or no response.</summary>
    Failed,
}

/// <summary>The outcome of a request, with details for the report if it failed.</summary>
internal sealed record Answer(RequestKind Kind, string Target, Outcome Outcome, int Status, string? Detail = null);

/// <summary>A request and its times since the start of the load.</summary>
/// <param name="Answer">The outcome.</param>
/// <param name="Scheduled">The time at which the request was due. Latency counts from here, even if the generator was late.</param>
/// <param name="Sent">The time at which the generator sent it.</param>
/// <param name="Ended">The time at which the response was complete or the visitor gave up.</param>
internal sealed record Sample(Answer Answer, TimeSpan Scheduled, TimeSpan Sent, TimeSpan Ended)
{
    public TimeSpan Latency => Ended - Scheduled;

    public bool IsGood => Answer.Outcome is Outcome.Good or Outcome.Copy;

    public bool IsWrite => Answer.Kind == RequestKind.Write;

    public override string ToString() =>
        $"{Scheduled.TotalSeconds:0.000} s, {Answer.Kind} {Answer.Target}: {Answer.Outcome} {Answer.Status} " +
        $"{Answer.Detail} after {Latency.TotalMilliseconds:0} ms";
}
