using Npgsql;

namespace ScaleUp.Tests.Drills.Writes;

/// <summary>What the database has, read past the website and its servers, so that nothing of them can hide a loss.</summary>
/// <param name="connectionString">Gives the database's own; asked anew each time, since a restart may change the port.</param>
internal sealed class DatabaseContent(Func<Task<string>> connectionString)
{
    /// <summary>All texts that visitors write.</summary>
    private const string Texts = "SELECT body FROM comments WHERE body LIKE $1 UNION ALL SELECT body FROM articles WHERE body LIKE $1";

    /// <summary>How often each marker of a run is there.</summary>
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

    /// <summary>How many connections it has from anybody, this one not counted.</summary>
    public Task<long> CountConnectionsAsync(CancellationToken cancellationToken) =>
        AskAsync("SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()", cancellationToken);

    /// <summary>Bytes that it has written to its log (WAL) since it was made.</summary>
    public Task<long> CountLogBytesAsync(CancellationToken cancellationToken) =>
        AskAsync("SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint", cancellationToken);

    /// <summary>Whether it takes a connection and answers, right now.</summary>
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
        catch (Exception exception) when (exception is NpgsqlException or System.Net.Sockets.SocketException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return false;
        }
    }

    private async Task<long> AskAsync(string question, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(question, connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    // Not pooled: each question is to find out how it is now.
    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(await connectionString()) { Pooling = false, Timeout = 5 }.ConnectionString);
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
