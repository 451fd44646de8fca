namespace ScaleUp.Api.Data;

/// <summary>How long a request waits for the database, and how many may. Configuration section <c>Database</c>.</summary>
public sealed class DatabaseOptions
{
    /// <summary>
    /// How long a request may take, 0.1 to 30 s; if the database has not answered by then, it gets 503. It must be
    /// shorter than the time that a load balancer gives to an attempt (1 s), or that would ask the next server for the same, and
    /// the visitor would hear of a time-out instead of the database. Default: 0.85 s.
    /// </summary>
    public TimeSpan Deadline { get; set; } = TimeSpan.FromSeconds(0.85);

    /// <summary>Whole seconds for one command, 1 to 60: for what no request waits for, and as the server's own limit. Default: 2.</summary>
    public int CommandTimeout { get; set; } = 2;

    /// <summary>Whole seconds to wait for a connection, 1 to 60; a request gives up earlier (<see cref="Deadline"/>). Default: 1.</summary>
    public int ConnectTimeout { get; set; } = 1;

    /// <summary>
    /// Connections of one server, 1 to 1000. PostgreSQL takes 100 in all by default, from all replicas together; those that wait
    /// for one here cost it nothing. Default: 20.
    /// </summary>
    public int PoolSize { get; set; } = 20;

    /// <summary>How long one search may take, so that one that takes too long is refused (400) before the database seems to be away (503).</summary>
    internal TimeSpan SearchTimeout => 0.7 * (Deadline < TimeSpan.FromSeconds(CommandTimeout) ? Deadline : TimeSpan.FromSeconds(CommandTimeout));

    /// <summary>What is wrong with the settings; empty if nothing is.</summary>
    internal IEnumerable<string> Check()
    {
        if (Deadline < TimeSpan.FromSeconds(0.1) || Deadline > TimeSpan.FromSeconds(30))
        {
            yield return "Database:Deadline must be between 00:00:00.1 and 00:00:30.";
        }

        if (CommandTimeout is < 1 or > 60 || ConnectTimeout is < 1 or > 60)
        {
            yield return "Database:CommandTimeout and Database:ConnectTimeout must be between 1 and 60 (seconds).";
        }

        if (PoolSize is < 1 or > 1000)
        {
            yield return "Database:PoolSize must be between 1 and 1000.";
        }
    }
}
