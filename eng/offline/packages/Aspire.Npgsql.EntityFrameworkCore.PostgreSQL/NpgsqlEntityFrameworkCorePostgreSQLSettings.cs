namespace Aspire.Npgsql.EntityFrameworkCore.PostgreSQL;

/// <summary>How a context reaches PostgreSQL, and what of it is watched.</summary>
public sealed class NpgsqlEntityFrameworkCorePostgreSQLSettings
{
    /// <summary>The Npgsql connection string; <c>ConnectionStrings:NAME</c> wins over the settings' own section.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>True to fail at once where a transient error would otherwise be tried again.</summary>
    public bool DisableRetry { get; set; }

    /// <summary>True to leave out the health check named after the context.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>True to record no spans for database commands.</summary>
    public bool DisableTracing { get; set; }

    /// <summary>True to record no metrics of Npgsql.</summary>
    public bool DisableMetrics { get; set; }

    /// <summary>The time in seconds that one command may take; Npgsql's default if null.</summary>
    public int? CommandTimeout { get; set; }
}
