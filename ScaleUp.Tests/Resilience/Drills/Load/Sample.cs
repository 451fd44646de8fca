namespace ScaleUp.Tests.Drills.Load;

/// <summary>What a request is for; promises differ between these.</summary>
internal enum RequestKind
{
    /// <summary>A page for anybody, which web servers keep copies of.</summary>
    Read,

    /// <summary>A page for somebody who is signed in, made anew each time.</summary>
    PersonalRead,

    /// <summary>Something is to be stored.</summary>
    Write,
}

/// <summary>How a request ended, as the visitor sees it.</summary>
internal enum Outcome
{
    /// <summary>The page, or the word that what was written is stored.</summary>
    Good,

    /// <summary>A page that says that it is a copy from before.</summary>
    Copy,

    /// <summary>503 with <c>Retry-After</c>: the honest word that it is not possible now.</summary>
    Unavailable,

    /// <summary>Anything else: an error, an answer that breaks off, none at all.</summary>
    Failed,
}

/// <summary>How a request ended, and the words for a report if it did not end well.</summary>
internal sealed record Answer(RequestKind Kind, string Target, Outcome Outcome, int Status, string? Detail = null);

/// <summary>A request and its times, all from the beginning of the load.</summary>
/// <param name="Answer">How it ended.</param>
/// <param name="Scheduled">When the visitor wanted it. Waiting counts from here, also if the generator was late.</param>
/// <param name="Sent">When the generator got to it.</param>
/// <param name="Ended">When the answer was whole, or the visitor gave up.</param>
internal sealed record Sample(Answer Answer, TimeSpan Scheduled, TimeSpan Sent, TimeSpan Ended)
{
    public TimeSpan Latency => Ended - Scheduled;

    public bool IsGood => Answer.Outcome is Outcome.Good or Outcome.Copy;

    public bool IsWrite => Answer.Kind == RequestKind.Write;

    public override string ToString() =>
        $"{Scheduled.TotalSeconds:0.000} s, {Answer.Kind} {Answer.Target}: {Answer.Outcome} {Answer.Status} {Answer.Detail} after {Latency.TotalMilliseconds:0} ms";
}
