namespace ScaleUp.Tests.Drills.Writes;

/// <summary>The outcome of a write, as its author sees it.</summary>
internal enum WriteOutcome
{
    /// <summary>The website acknowledged the write. It must be stored once.</summary>
    Acknowledged,

    /// <summary>No response or a server error: the write may be stored or not, but not twice.</summary>
    Unknown,

    /// <summary>The website refused the write (4xx). It must not be stored.</summary>
    Refused,
}

/// <summary>One attempt of a write.</summary>
/// <param name="Time">The time at which the outcome was known.</param>
/// <param name="Marker">The unique marker in its text.</param>
/// <param name="Key">Its idempotency key.</param>
/// <param name="What">The description of the write, for example <c>comment on one-host-is-not-enough</c>.</param>
/// <param name="Outcome">The outcome, as the author sees it.</param>
/// <param name="Status">The HTTP status; 0 without a response.</param>
internal sealed record LedgerEntry(DateTimeOffset Time, string Marker, string Key, string What, WriteOutcome Outcome, int Status)
{
    /// <summary>
    /// Determines the outcome from the response to a form. Only a redirect to the written article is an acknowledgement; a redirect to
    /// another page, such as sign-in, is not. After a server error (5xx) the outcome is unknown, because the write may have been stored
    /// before the error; the same holds for a form that is shown again without an error.
    /// </summary>
    /// <param name="status">The HTTP status; 0 without a response.</param>
    /// <param name="location">The target of the redirect; null for none.</param>
    public static WriteOutcome OutcomeOf(int status, string? location) => status switch
    {
        302 or 303 => IsArticle(location) ? WriteOutcome.Acknowledged : WriteOutcome.Refused,
        >= 400 and < 500 => WriteOutcome.Refused,
        _ => WriteOutcome.Unknown,
    };

    // The location may be a path or an absolute URI.
    private static bool IsArticle(string? location) =>
        Uri.TryCreate(new Uri("http://localhost"), location, out var address)
        && address.AbsolutePath.StartsWith("/articles/", StringComparison.Ordinal) && address.AbsolutePath != "/articles/new";
}
