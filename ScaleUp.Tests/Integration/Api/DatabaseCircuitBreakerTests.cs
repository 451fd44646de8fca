using System.Net;
using Microsoft.Extensions.Time.Testing;
using Npgsql;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Api;

/// <summary>While the database does not respond, most requests fail immediately instead of waiting for it.</summary>
[Collection(nameof(ApiServers))]
public sealed class DatabaseCircuitBreakerTests(ApiServers servers)
{
    private readonly FakeTimeProvider _clock = new();

    [Fact]
    public void After_a_second_without_a_response_only_occasional_probe_requests_pass()
    {
        var circuit = new DatabaseCircuitBreaker(_clock);
        Fail(circuit, times: 3);
        Assert.True(circuit.TryEnter());

        _clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([true, false, false], [circuit.TryEnter(), circuit.TryEnter(), circuit.TryEnter()]);

        _clock.Advance(TimeSpan.FromMilliseconds(200));
        Assert.Equal([true, false], [circuit.TryEnter(), circuit.TryEnter()]);
    }

    [Fact]
    public void The_first_response_lets_all_requests_pass_again()
    {
        var circuit = new DatabaseCircuitBreaker(_clock);
        Fail(circuit, times: 100);
        _clock.Advance(TimeSpan.FromSeconds(10));

        circuit.RecordSuccess();

        Assert.All(Enumerable.Range(0, 10), _ => Assert.True(circuit.TryEnter()));
        _clock.Advance(TimeSpan.FromMinutes(1));
        Assert.True(circuit.TryEnter());
    }

    [Fact]
    public void A_database_that_answers_some_requests_does_not_open_the_circuit()
    {
        var circuit = new DatabaseCircuitBreaker(_clock);
        for (var i = 0; i < 20; i++)
        {
            Fail(circuit, times: 50);
            circuit.RecordSuccess();
            Fail(circuit, times: 50);
            _clock.Advance(TimeSpan.FromMilliseconds(900));
            Assert.True(circuit.TryEnter());
        }
    }

    [Fact]
    public async Task While_the_database_hangs_nearly_all_requests_fail_immediately_and_after_recovery_all_succeed()
    {
        var clock = new DeadlineClock();
        await using var server = new ApiServer(servers.Postgres.ConnectionString, deadline: null) { Clock = clock, DatabaseTimeout = 60 };
        using var http = await server.StartAsync();
        Assert.Equal(HttpStatusCode.OK, await GetAsync(http));
        await servers.Postgres.PauseAsync();
        try
        {
            // The first requests wait until their deadline; their failures open the circuit.
            var before = clock.Entered;
            var first = Enumerable.Range(0, 5).Select(_ => GetAsync(http)).ToArray();
            await EnteredAsync(before + 5);
            clock.Advance(DeadlineClock.Deadline);
            Assert.All(await Task.WhenAll(first), status => Assert.Equal(HttpStatusCode.ServiceUnavailable, status));
            clock.Advance(TimeSpan.FromSeconds(1));

            // One request probes the database; the others fail while it still waits.
            var answers = Enumerable.Range(0, 50).Select(_ => GetAsync(http)).ToList();
            await Eventually.TrueAsync(() => answers.Count(answer => answer.IsCompleted) == 49,
                () => Task.FromResult($"{answers.Count(answer => answer.IsCompleted)} of 50 requests have completed; expected 49."));
            await EnteredAsync(before + 6);
            clock.Advance(DeadlineClock.Deadline);
            Assert.All(await Task.WhenAll(answers), status => Assert.Equal(HttpStatusCode.ServiceUnavailable, status));
            Assert.Equal(before + 6, clock.Entered);
            Assert.Equal(HttpStatusCode.OK, (await http.GetAsync("/health", TestContext.Current.CancellationToken)).StatusCode);
        }
        finally
        {
            await servers.Postgres.UnpauseAsync();
        }

        await Eventually.TrueAsync(
            async () =>
            {
                clock.Advance(TimeSpan.FromMilliseconds(200));
                return await GetAsync(http) == HttpStatusCode.OK;
            },
            () => Task.FromResult("The database is back, but requests still fail."));

        Assert.All(await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => GetAsync(http))),
            status => Assert.Equal(HttpStatusCode.OK, status));

        Task EnteredAsync(int count) => Eventually.TrueAsync(() => clock.Entered == count,
            () => Task.FromResult($"{clock.Entered} of {count} requests have reached the database."));
    }

    [Fact]
    public async Task A_server_without_a_database_answers_503_and_is_not_ready()
    {
        await using var server = new ApiServer("Host=127.0.0.1;Port=1;Username=nobody;Database=none", deadline: null);
        server.StartServer();
        using var http = server.CreateClient();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, await GetAsync(http));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await http.GetAsync("/health", TestContext.Current.CancellationToken)).StatusCode);
    }

    [Fact]
    public async Task A_transaction_that_ends_during_a_request_counts_as_an_unavailable_database()
    {
        await using var connection = new NpgsqlConnection(servers.Postgres.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();

        // A request sees this exception when its connection is lost between two commands.
        var exception = Assert.Throws<InvalidOperationException>(() => command.Transaction = transaction);

        Assert.True(DatabaseUnavailableHandler.IsUnavailable(exception), exception.ToString());
        Assert.True(DatabaseUnavailableHandler.IsUnavailable(
            new PostgresException("terminating connection due to idle-in-transaction timeout", "FATAL", "FATAL", "25P03")));
        Assert.False(DatabaseUnavailableHandler.IsUnavailable(new InvalidOperationException("An application error.")));
        Assert.False(DatabaseUnavailableHandler.IsUnavailable(new PostgresException("permission denied", "ERROR", "ERROR", "42501")));
    }

    private static void Fail(DatabaseCircuitBreaker circuit, int times)
    {
        for (var i = 0; i < times; i++)
        {
            circuit.RecordFailure();
        }
    }

    private static async Task<HttpStatusCode> GetAsync(HttpClient http)
    {
        using var response = await http.GetAsync("/articles?limit=1", TestContext.Current.CancellationToken);
        return response.StatusCode;
    }

    // Errors of a failover, https://www.postgresql.org/docs/17/errcodes-appendix.html
    [Theory]
    [InlineData("25006")]
    [InlineData("57P01")]
    [InlineData("57P02")]
    [InlineData("57P03")]
    [InlineData("57P05")]
    public void A_server_that_is_not_the_primary_is_unavailable(string state) =>
        Assert.True(DatabaseUnavailableHandler.IsUnavailable(new PostgresException("", "ERROR", "ERROR", state)));

    [Fact]
    public async Task Failed_hosts_are_unavailable_also_while_npgsql_does_not_try_them_again()
    {
        await using var source = NpgsqlDataSource.Create("Host=127.0.0.1:1,127.0.0.1:2;Username=u;Password=p;Timeout=1");

        var first = await Assert.ThrowsAnyAsync<NpgsqlException>(OpenAsync);
        var second = await Assert.ThrowsAnyAsync<NpgsqlException>(OpenAsync);

        Assert.True(DatabaseUnavailableHandler.IsUnavailable(first), first.ToString());
        Assert.True(DatabaseUnavailableHandler.IsUnavailable(second), second.ToString());

        async Task OpenAsync() => await source.OpenConnectionAsync(TestContext.Current.CancellationToken);
    }
}
