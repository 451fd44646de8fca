using Microsoft.EntityFrameworkCore;
using Npgsql;

namespace ScaleUp.Api.Data;

/// <summary>
/// The database as its owner sees it, who may change the schema: the connection string <c>ConnectionStrings:migrations</c>, or, without one,
/// that of the requests.
/// </summary>
internal sealed class MigrationDatabase
{
    private readonly string _connection;
    private readonly string? _requestRole;
    private readonly ILoggerFactory _logs;

    public MigrationDatabase(IConfiguration configuration, DatabaseOptions settings, ILoggerFactory logs)
    {
        var requests = new NpgsqlConnectionStringBuilder(configuration.GetConnectionString(DatabaseExtensions.ConnectionName));
        var owner = new NpgsqlConnectionStringBuilder(configuration.GetConnectionString("migrations") is { Length: > 0 } given ? given : requests.ConnectionString)
        {
            // No request gets this connection, with its lock and without the limits of requests.
            Pooling = false,
            Options = null,
            Timeout = settings.ConnectTimeout,
            CancellationTimeout = -1,
        };
        (_connection, _logs) = (owner.ConnectionString, logs);
        _requestRole = requests.Username == owner.Username ? null : requests.Username;
    }

    /// <summary>Opens a context of its own, without the limits that requests have.</summary>
    public ScaleUpDbContext Create() => new((DbContextOptions<ScaleUpDbContext>)new DbContextOptionsBuilder<ScaleUpDbContext>()
        .WithConventions().UseNpgsql(_connection).UseLoggerFactory(_logs).Options);

    /// <summary>Takes the table of the migrations from the role of requests, which gets all new tables by default privileges.</summary>
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
