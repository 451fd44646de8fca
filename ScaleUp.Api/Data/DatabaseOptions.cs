namespace ScaleUp.Api.Data;

/// <summary>Timeouts and pool size of the database connection. Configuration section <c>Database</c>.</summary>
public sealed class DatabaseOptions
{
    /// <summary>
    /// Maximum duration of a request, 0.1 to 30 s; a request whose database work takes longer gets 503. It must be shorter than the
    /// load balancer's timeout for an attempt (1 s), or the load balancer retries on the next server and the client receives a
    /// timeout instead of the 503. Default: 0.85 s.
    /// </summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(0.85);

    /// <summary>
    /// Timeout of one command in whole seconds, 1 to 60: applies to background work, and PostgreSQL enforces it
    /// (<c>statement_timeout</c>). Default: 2.
    /// </summary>
    public int CommandTimeout { get; set; } = 2;

    /// <summary>
    /// Timeout for opening a connection in whole seconds, 1 to 60; requests give up earlier (<see cref="Deadline"/>). Default: 1.
    /// </summary>
    public int ConnectTimeout { get; set; } = 1;

    /// <summary>
    /// Maximum number of connections per server, 1 to 1000. PostgreSQL accepts 100 from all replicas together by default; requests that
    /// wait for a pooled connection cost it nothing. Default: 20.
    /// </summary>
    public int PoolSize { get; set; } = 20;

    /// <summary>Timeout of a search: shorter than the other limits, so that a slow search gets 400 and not 503.</summary>
    internal TimeSpan SearchTimeout =>
        0.7 * (Deadline < TimeSpan.FromSeconds(CommandTimeout) ? Deadline : TimeSpan.FromSeconds(CommandTimeout));

    /// <summary>Validates the settings.</summary>
    /// <returns>One message for each invalid setting; empty if all are valid.</returns>
    internal IEnumerable<string> Check()
    {
        if (Deadline < TimeSpan.FromSeconds(0.1) || Deadline > TimeSpan.FromSeconds(30))
        {
            yield return $"Database:Deadline is {Deadline}; it must be between 00:00:00.1 and 00:00:30.";
        }

        if (CommandTimeout is < 1 or > 60 || ConnectTimeout is < 1 or > 60)
        {
            yield return $"Database:CommandTimeout is {CommandTimeout} and Database:ConnectTimeout is {ConnectTimeout}; "
                + "both must be between 1 and 60 (seconds).";
        }

        if (PoolSize is < 1 or > 1000)
        {
            yield return $"Database:PoolSize is {PoolSize}; it must be between 1 and 1000.";
        }
    }
}
