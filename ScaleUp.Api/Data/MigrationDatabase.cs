using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ScaleUp.Api.Data;

/// <summary>
/// Connects to the database as its owner, who may change the schema. Uses <c>ConnectionStrings:migrations</c>, or the connection string
/// for requests if it is not set.
/// </summary>
internal sealed class MigrationDatabase
{
    private readonly string _connection;
    private readonly string? _requestRole;
    private readonly ILoggerFactory _logs;

    public MigrationDatabase(IConfiguration configuration, DatabaseOptions settings, ILoggerFactory logs)
    {
        var requests = new NpgsqlConnectionStringBuilder(configuration.GetConnectionString(DatabaseExtensions.ConnectionName));
        var migrations = configuration.GetConnectionString("migrations") is { Length: > 0 } setting ? setting : requests.ConnectionString;
        var owner = new NpgsqlConnectionStringBuilder(migrations)
        {
            // Not pooled, so that no request reuses a connection that holds the migration lock and lacks the limits of requests.
            Pooling = false,
            Options = null,
            Timeout = settings.ConnectTimeout,
            CancellationTimeout = -1,
        };
        (_connection, _logs) = (owner.ConnectionString, logs);
        _requestRole = requests.Username == owner.Username ? null : requests.Username;
    }

    /// <summary>Creates a context without the limits of requests.</summary>
    public ScaleUpDbContext Create() => new((DbContextOptions<ScaleUpDbContext>)new DbContextOptionsBuilder<ScaleUpDbContext>()
        .WithConventions().UseNpgsql(_connection).UseLoggerFactory(_logs).Options);

    /// <summary>
    /// Revokes access to the migrations table from the role for requests, because default privileges grant it on all new tables.
    /// </summary>
    public async Task HideHistoryAsync(ScaleUpDbContext database, CancellationToken cancellationToken)
    {
        if (_requestRole is not null)
        {
            var role = new NpgsqlCommandBuilder().QuoteIdentifier(_requestRole);
#pragma warning disable EF1002 // A name cannot be a parameter; it is quoted.
            await database.Database.ExecuteSqlRawAsync($"REVOKE ALL ON \"__EFMigrationsHistory\" FROM {role}", cancellationToken);
#pragma warning restore EF1002
        }
    }
}
