using System.Net;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Api;

/// <summary>A commit that waits for a standby is acknowledged to nobody, however the wait ends and however often the write is sent again.</summary>
[Integration]
public sealed class CommitTests : IAsyncLifetime
{
    private PostgresContainer? _postgres;
    private ApiServer? _server;

    private PostgresContainer Postgres => _postgres!;

    public async ValueTask InitializeAsync() => _postgres = await PostgresContainer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        await Postgres.DisposeAsync();
    }

    [Fact]
    public async Task A_write_that_no_standby_has_is_not_acknowledged_and_happens_once_when_one_has_it()
    {
        // As the cluster does: a server notices within a second that its client has left.
        await Postgres.ExecuteAsync("ALTER SYSTEM SET client_connection_check_interval = '1s'");
        await Postgres.ExecuteAsync("SELECT pg_reload_conf()");
        _server = new ApiServer(Postgres.ConnectionString, "00:00:02");
        var api = new ApiClient(await _server.StartAsync());
        var (key, name) = ("only-once", $"u{Guid.NewGuid():n}"[..20]);
        var registration = new { userName = name, displayName = name, password = ApiServers.Password };
        await SetStandbysAsync("nobody");

        // Until the server has given up the connection of a commit; then the row is there for all who read.
        var answers = new List<HttpStatusCode>();
        await Eventually.TrueAsync(async () =>
        {
            answers.Add((await api.PostAsync("/users", registration, key: key)).StatusCode);
            return (long?)await Postgres.ExecuteAsync($"SELECT count(*) FROM users WHERE user_name = '{name}'") == 1;
        }, () => Task.FromResult($"The row is not there. Answers: {string.Join(", ", answers)}"));
        for (var i = 0; i < 3; i++)
        {
            answers.Add((await api.PostAsync("/users", registration, key: key)).StatusCode);
        }

        await SetStandbysAsync("");
        var last = await RepeatUntilAnsweredAsync(() => api.PostAsync("/users", registration, key: key));

        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.ServiceUnavailable, answer));
        Assert.Equal(HttpStatusCode.Created, last.StatusCode);
        Assert.Equal(1L, await Postgres.ExecuteAsync($"SELECT count(*) FROM users WHERE user_name = '{name}'"));
    }

    private static async Task<HttpResponseMessage> RepeatUntilAnsweredAsync(Func<Task<HttpResponseMessage>> send)
    {
        HttpResponseMessage? response = null;
        await Eventually.TrueAsync(
            async () => (response = await send()).StatusCode != HttpStatusCode.ServiceUnavailable,
            () => Task.FromResult($"The last answer is {response?.StatusCode}."));
        return response!;
    }

    private async Task SetStandbysAsync(string names)
    {
        await Postgres.ExecuteAsync($"ALTER SYSTEM SET synchronous_standby_names = '{names}'");
        await Postgres.ExecuteAsync("SELECT pg_reload_conf()");
        await Eventually.TrueAsync(
            async () => (string?)await Postgres.ExecuteAsync("SHOW synchronous_standby_names") == names,
            () => Task.FromResult("The setting did not come into effect."));
    }
}
