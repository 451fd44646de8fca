using Npgsql;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Api;

/// <summary>Names are taken one registration after the other, in an order in which no two wait for each other.</summary>
[Collection(nameof(ApiServers))]
public sealed class NameLockTests(ApiServers servers)
{
    private const int LockKey = 0x100C;

    [Fact]
    public async Task Two_who_register_with_each_others_names_at_once_do_not_stop_each_other()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (a, b) = (ApiServers.NewName(), ApiServers.NewName());
        await using var connection = new NpgsqlConnection(servers.Postgres.SuperuserConnectionString);
        await connection.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        await using (var command = new NpgsqlCommand($"SELECT pg_advisory_xact_lock({LockKey}, hashtext(name_look('{b}')))", connection, transaction))
        {
            await command.ExecuteNonQueryAsync(cancellation);
        }

        // The second waits first, so that it gets its own name while the other has that which it wants next.
        var second = servers.A.PostAsync("/users", new { userName = b, displayName = a, password = ApiServers.Password });
        await WaitUntilWaitingAsync(1);
        var first = servers.B.PostAsync("/users", new { userName = a, displayName = b, password = ApiServers.Password });
        await WaitUntilWaitingAsync(2);
        await transaction.RollbackAsync(cancellation);

        Assert.Equal([201, 409], new[] { (int)(await first).StatusCode, (int)(await second).StatusCode }.Order());
    }

    private Task<TimeSpan> WaitUntilWaitingAsync(long count) => Eventually.TrueAsync(
        async () => await servers.Postgres.ExecuteAsync($"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = {LockKey} AND NOT granted") is long waiting && waiting >= count,
        () => Task.FromResult("Nobody waits for the name."));
}
