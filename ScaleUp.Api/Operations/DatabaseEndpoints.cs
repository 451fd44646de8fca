using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;
using ScaleUp.Api.DataProtection;
using ScaleUp.Api.Idempotency;
using ScaleUp.Api.Paging;

namespace ScaleUp.Api.Operations;

/// <summary>A database server, as shown to operators.</summary>
/// <param name="Name">The name or address.</param>
/// <param name="Role"><c>primary</c> or <c>standby</c>.</param>
/// <param name="StartedAt">The start time; null if unknown.</param>
/// <param name="Detail">Further details as text, such as the version or the replication state.</param>
/// <param name="Connections">The number of open connections, of all clients; null if unknown.</param>
/// <param name="Active">The number of connections that are executing a statement; null if unknown.</param>
/// <param name="Transactions">The number of transactions since the last reset of the counter; null if unknown.</param>
public sealed record DatabaseServer(string Name, string Role, DateTimeOffset? StartedAt, string Detail, long? Connections, long? Active,
    long? Transactions);

internal static class DatabaseEndpoints
{
    public static void MapDatabase(this IEndpointRouteBuilder routes) => routes
        .MapGet("/internal/database", ListAsync).WithTags("Internal").RequireAuthorization(ServiceKeyHandler.Policy)
        .WithoutIdempotencyKey().ProducesProblem(StatusCodes.Status401Unauthorized)
        .WithName("ListDatabaseServers")
        .WithSummary("Lists the database server that this application server uses, and its standby servers.");

    private static async Task<Ok<ItemList<DatabaseServer>>> ListAsync(ScaleUpDbContext database, CancellationToken cancellationToken)
    {
        var primary = await database.Database.SqlQuery<Primary>($"""
            SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'primary' END AS "role", pg_postmaster_start_time() AS "started_at",
                coalesce(current_setting('patroni.member', true), '') AS "member",
                current_setting('server_version') AS "version", current_setting('max_connections')::bigint AS "max_connections",
                coalesce((SELECT sum(numbackends) FROM pg_stat_database), 0)::bigint AS "connections",
                (SELECT count(*) FROM pg_stat_activity
                    WHERE state = 'active' AND backend_type = 'client backend' AND pid <> pg_backend_pid()) AS "active",
                (SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()) AS "transactions"
            """).SingleAsync(cancellationToken);
        var standbys = await database.Database.SqlQuery<Standby>($"""
            SELECT application_name AS "name", state AS "state", sync_state AS "sync" FROM pg_stat_replication
            WHERE state IS NOT NULL ORDER BY application_name -- null without the privilege pg_read_all_stats
            """).ToListAsync(cancellationToken);

        // A member of a cluster knows its name; https://patroni.readthedocs.io.
        var name = primary.Member is { Length: > 0 } member ? member : "postgres";
        return TypedResults.Ok(new ItemList<DatabaseServer>(
        [
            new(name, primary.Role, primary.StartedAt,
                $"PostgreSQL {primary.Version.Split(' ')[0]}, {primary.Connections} of {primary.MaxConnections} connections",
                primary.Connections, primary.Active, primary.Transactions),
            .. standbys.Select(standby => new DatabaseServer(
                standby.Name, "standby", null, $"{standby.State}, {standby.Sync}", null, null, null)),
        ]));
    }

    private sealed record Primary(string Role, string Member, DateTimeOffset StartedAt, string Version, long MaxConnections, long Connections,
        long Active, long Transactions);

    private sealed record Standby(string Name, string State, string Sync);
}
