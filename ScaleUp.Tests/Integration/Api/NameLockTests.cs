using Npgsql;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Api;

/// <summary>Registrations lock names in a fixed order, so that they don't deadlock.</summary>
[Collection(nameof(ApiServers))]
public sealed class NameLockTests(ApiServers servers)
{
    private const int LockKey = 0x100C;

    [Fact]
    public async Task Two_concurrent_registrations_with_each_others_names_do_not_deadlock()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (a, b) = (ApiServers.NewName(), ApiServers.NewName());
        await using var connection = new NpgsqlConnection(
            $"{servers.Postgres.SuperuserConnectionString};Application Name={PostgresContainer.ApplicationName}");
        await connection.OpenAsync(cancellation);
        await using var transaction = await connection.BeginTransactionAsync(cancellation);
        var lockName = $"SELECT pg_advisory_xact_lock({LockKey}, hashtext(name_look('{b}')))";
        await using (var command = new NpgsqlCommand(lockName, connection, transaction))
        {
            await command.ExecuteNonQueryAsync(cancellation);
        }

        // The second request queues first. Without a fixed order, each request would get one lock and wait for the other's.
        var second = servers.A.PostAsync("/users", new { userName = b, displayName = a, password = ApiServers.Password });
        await WaitUntilWaitingAsync(1);
        var first = servers.B.PostAsync("/users", new { userName = a, displayName = b, password = ApiServers.Password });
        await WaitUntilWaitingAsync(2);
        await transaction.RollbackAsync(cancellation);

        Assert.Equal([201, 409], new[] { (int)(await first).StatusCode, (int)(await second).StatusCode }.Order());
    }

    private Task<TimeSpan> WaitUntilWaitingAsync(long count) => Eventually.TrueAsync(
        async () => await servers.Postgres.ExecuteAsync(
            $"SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = {LockKey} AND NOT granted") is long waiting
            && waiting >= count,
        () => Task.FromResult($"Fewer than {count} requests wait for the name's lock."));
}
