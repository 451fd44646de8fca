using System.Net;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Api;

/// <summary>A write is acknowledged only when a standby has it, however often the client repeats it.</summary>
[Integration]
public sealed class CommitTests : IAsyncLifetime
{
    private PostgresContainer? _postgres;
    private ApiServer? _server;
    private ApiClient? _api;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private PostgresContainer Postgres => _postgres!;

    private ApiClient Api => _api!;

    public async ValueTask InitializeAsync()
    {
        _postgres = await PostgresContainer.StartAsync();
        _server = new ApiServer(Postgres.ConnectionString, "00:00:02");
        _api = new ApiClient(await _server.StartAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        if (_postgres is not null)
        {
            await _postgres.DisposeAsync();
        }
    }

    [Fact]
    public async Task A_write_that_no_standby_has_is_not_acknowledged_and_happens_once()
    {
        var registration = NewRegistration();
        await SetStandbysAsync("nobody");

        var responses = new List<HttpStatusCode>();
        for (var i = 0; i < 3; i++)
        {
            responses.Add((await Api.PostAsync("/users", registration, key: "once")).StatusCode);
        }

        await SetStandbysAsync("");
        var last = await RepeatUntilAvailableAsync(() => Api.PostAsync("/users", registration, key: "once"));

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.ServiceUnavailable, response));
        Assert.Equal(HttpStatusCode.Created, last.StatusCode);
        Assert.Equal(1L, await Postgres.ExecuteAsync($"SELECT count(*) FROM users WHERE user_name = '{registration.UserName}'"));
    }

    [Fact]
    public async Task A_stored_response_is_not_replayed_before_a_standby_has_it()
    {
        var registration = NewRegistration();
        var first = await Api.PostAsync("/users", registration, key: "replay");
        // As after a failover: this server has the response, and no standby does.
        await SetStandbysAsync("nobody");

        var unconfirmed = await Api.PostAsync("/users", registration, key: "replay");
        await SetStandbysAsync("");
        var confirmed = await RepeatUntilAvailableAsync(() => Api.PostAsync("/users", registration, key: "replay"));

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, unconfirmed.StatusCode);
        Assert.Equal(HttpStatusCode.Created, confirmed.StatusCode);
        Assert.Equal(await first.Content.ReadAsStringAsync(Cancellation), await confirmed.Content.ReadAsStringAsync(Cancellation));
    }

    private static Registration NewRegistration()
    {
        var name = $"u{Guid.NewGuid():n}"[..20];
        return new(name, name, ApiServers.Password);
    }

    private static async Task<HttpResponseMessage> RepeatUntilAvailableAsync(Func<Task<HttpResponseMessage>> send)
    {
        HttpResponseMessage? response = null;
        await Eventually.TrueAsync(
            async () => (response = await send()).StatusCode != HttpStatusCode.ServiceUnavailable,
            () => Task.FromResult($"The last response is {response?.StatusCode}."));
        return response!;
    }

    private async Task SetStandbysAsync(string names)
    {
        await Postgres.ExecuteAsync($"ALTER SYSTEM SET synchronous_standby_names = '{names}'");
        await Postgres.ExecuteAsync("SELECT pg_reload_conf()");
        await Eventually.TrueAsync(
            async () => (string?)await Postgres.ExecuteAsync("SHOW synchronous_standby_names") == names,
            () => Task.FromResult("The setting did not take effect."));
    }

    private sealed record Registration(string UserName, string DisplayName, string Password);
}
