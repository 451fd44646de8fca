namespace ScaleUp.Tests.Drills.Writes;

/// <summary>What its author knows of a write.</summary>
internal enum WriteOutcome
{
    /// <summary>The website said that it is stored. It must be there, once.</summary>
    Acknowledged,

    /// <summary>No answer, or that the server could not do it: it may be there or not, but not twice.</summary>
    Unknown,

    /// <summary>The website refused it (4xx). It must not be there.</summary>
    Refused,
}

/// <summary>One write.</summary>
/// <param name="Time">When its outcome was known.</param>
/// <param name="Marker">The word in its text that no other write has.</param>
/// <param name="Key">Its idempotency key.</param>
/// <param name="What">What was written, for example <c>comment on one-host-is-not-enough</c>.</param>
/// <param name="Outcome">What its author knows of it.</param>
/// <param name="Status">The status of the answer; 0 for none.</param>
internal sealed record LedgerEntry(DateTimeOffset Time, string Marker, string Key, string What, WriteOutcome Outcome, int Status)
{
    /// <summary>
    /// What the answer to a form says. Only being sent on to what was written is an acknowledgement; being sent to another page,
    /// such as the one to sign in at, is none. An error of the server (5xx) leaves it open: the write may have been stored
    /// before the error came about, and so does a form that is shown again without an error.
    /// </summary>
    /// <param name="status">The status; 0 for no answer.</param>
    /// <param name="location">Where the answer sends the browser; null for nowhere.</param>
    public static WriteOutcome OutcomeOf(int status, string? location) => status switch
    {
        302 or 303 => IsArticle(location) ? WriteOutcome.Acknowledged : WriteOutcome.Refused,
        >= 400 and < 500 => WriteOutcome.Refused,
        _ => WriteOutcome.Unknown,
    };

    // The path alone, or with scheme and host before it.
    private static bool IsArticle(string? location) =>
        Uri.TryCreate(new Uri("http://localhost"), location, out var address)
        && address.AbsolutePath.StartsWith("/articles/", StringComparison.Ordinal) && address.AbsolutePath != "/articles/new";
}
