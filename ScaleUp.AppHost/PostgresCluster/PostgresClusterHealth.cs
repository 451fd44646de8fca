using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Aspire.Hosting.PostgresCluster;

/// <summary>A member is healthy if it works as its role requires; the description contains role and lag.</summary>
internal sealed class PostgresMemberHealthCheck(PostgresMemberResource member) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await member.Cluster.Control.RefreshAsync(cancellationToken).ConfigureAwait(false);
        return member.Cluster.Control.StatusOf(member.Name) switch
        {
            null => HealthCheckResult.Unhealthy("The member has not joined the cluster, or no member responds."),
            { IsHealthy: true } status => HealthCheckResult.Healthy(status.Description),
            var status => HealthCheckResult.Unhealthy(status.Description),
        };
    }
}

/// <summary>A cluster or database is healthy if its connection string leads to the primary, and a standby confirms commits.</summary>
internal sealed class PostgresClusterHealthCheck(PostgresClusterResource cluster, IResourceWithConnectionString target) : IHealthCheck
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(3);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        await cluster.Control.RefreshAsync(cancellationToken).ConfigureAwait(false);
        if (!cluster.Control.IsWritable)
        {
            return HealthCheckResult.Unhealthy("There is no primary, or no standby confirms its commits.");
        }

        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(s_timeout);
        try
        {
            return await IsPrimaryAsync(timeout.Token).ConfigureAwait(false)
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("The connection string leads to a standby.");
        }
        catch (Exception ex) when (ex is NpgsqlException or SocketException
            || (ex is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return HealthCheckResult.Unhealthy($"PostgreSQL does not respond: {ex.Message}");
        }
    }

    private async Task<bool> IsPrimaryAsync(CancellationToken cancellationToken)
    {
        var clients = new NpgsqlConnectionStringBuilder(
            await target.ConnectionStringExpression.GetValueAsync(cancellationToken).ConfigureAwait(false))
        {
            // A pooled connection would not show whether new ones can be opened.
            Pooling = false,
            Timeout = 2,
        };
        var connection = new NpgsqlConnection(clients.ConnectionString);
        await using (connection.ConfigureAwait(false))
        {
            await connection.OpenAsync(cancellationToken).ConfigureAwait(false);
            var command = new NpgsqlCommand("SELECT pg_is_in_recovery()", connection);
            await using (command.ConfigureAwait(false))
            {
                return await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) is false;
            }
        }
    }
}
