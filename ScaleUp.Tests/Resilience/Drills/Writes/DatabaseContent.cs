using Npgsql;

namespace ScaleUp.Tests.Drills.Writes;

/// <summary>Reads the database directly, bypassing the website and its servers, so that they cannot hide a loss.</summary>
/// <param name="connectionString">Returns the connection string; called for each query, because a restart may change the port.</param>
internal sealed class DatabaseContent(Func<Task<string>> connectionString)
{
    /// <summary>Selects all texts that visitors write.</summary>
    private const string Texts = "SELECT body FROM comments WHERE body LIKE $1 UNION ALL SELECT body FROM articles WHERE body LIKE $1";

    /// <summary>Counts the occurrences of each marker of a run.</summary>
    public async Task<IReadOnlyDictionary<string, int>> CountAsync(Marker marker, CancellationToken cancellationToken)
    {
        var counts = new Dictionary<string, int>();
        await using var connection = await OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(Texts, connection) { Parameters = { new() { Value = $"%{marker.Prefix}%" } } };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            foreach (var found in marker.FindIn(reader.GetString(0)))
            {
                counts[found] = counts.GetValueOrDefault(found) + 1;
            }
        }

        return counts;
    }

    /// <summary>Counts the database's client connections, without this one.</summary>
    public Task<long> CountConnectionsAsync(CancellationToken cancellationToken) =>
        QueryAsync("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()",
            cancellationToken);

    /// <summary>Returns the number of bytes written to the write-ahead log (WAL) since the database was created.</summary>
    public Task<long> CountLogBytesAsync(CancellationToken cancellationToken) =>
        QueryAsync("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint", cancellationToken);

    /// <summary>Whether the database currently accepts a connection and responds.</summary>
    public async Task<bool> IsThereAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(TimeSpan.FromSeconds(2));
        try
        {
            await using var connection = await OpenAsync(limit.Token);
            await using var command = new NpgsqlCommand("SELECT 1", connection);
            await command.ExecuteScalarAsync(limit.Token);
            return true;
        }
        catch (Exception exception) when (exception is NpgsqlException or System.Net.Sockets.SocketException ||
            (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private async Task<long> QueryAsync(string sql, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    // Pooling is disabled, because each query must test the current state.
    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(
            new NpgsqlConnectionStringBuilder(await connectionString()) { Pooling = false, Timeout = 5 }.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }
}
