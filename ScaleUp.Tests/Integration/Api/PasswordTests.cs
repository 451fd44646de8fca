using System.Net;
using Aspire.Hosting.HAProxy;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using ScaleUp.Api.Users;

namespace ScaleUp.Tests.Api;

/// <summary>Password guesses are throttled, and guesses by others do not lock out the account's owner.</summary>
[Collection(nameof(ApiServers))]
public sealed class PasswordTests(ApiServers servers)
{
    private const string Password = ApiServers.Password;
    private const string Guesser = "203.0.113.7";

    [Fact]
    public async Task Parallel_guesses_at_all_servers_are_all_counted_and_do_not_lock_out_the_owner()
    {
        var user = await servers.NewUserAsync();
        var device = await DeviceTokenAsync(user.UserName);

        var guesses = await Task.WhenAll(
            Enumerable.Range(0, 12).Select(i => GuessAsync(i % 2 == 0 ? servers.A : servers.B, user.UserName, $"guess number {i}")));

        Assert.Equal(PasswordThrottle.FreeAttempts, guesses.Count(g => g.StatusCode == HttpStatusCode.Unauthorized));
        var refused = guesses.Where(g => g.StatusCode == HttpStatusCode.TooManyRequests).ToArray();
        Assert.Equal(guesses.Length - PasswordThrottle.FreeAttempts, refused.Length);
        Assert.All(refused, g => Assert.True(g.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1)));
        // The correct password works from another address, and from the guesser's address in a browser that has signed in before.
        await user.From("198.51.100.1").PostAsync("/sessions", new { userName = user.UserName, password = Password }).MustBeAsync(201);
        await LockAsync(user.UserName);
        await (await GuessAsync(servers.A, user.UserName, Password)).MustBeProblemAsync(429);
        await servers.B.From(Guesser)
            .PostAsync("/sessions", new { userName = user.UserName, password = Password, deviceTokens = $"nonsense {device}" })
            .MustBeAsync(201);
        await user.From(Guesser).At(servers.A).ReadAsync("/users/" + user.UserName);
    }

    [Fact]
    public async Task Guesses_by_others_block_neither_a_password_change_nor_the_administrators_sign_in()
    {
        var user = await servers.NewUserAsync();
        await LockAsync(user.UserName);
        await LockAsync(ApiServer.AdministratorName);

        await user.From(Guesser)
            .PutAsync("/users/me/password", new { currentPassword = Password, newPassword = "another horse, another battery" })
            .MustBeAsync(204);
        await servers.A.From("198.51.100.2")
            .PostAsync("/sessions", new { userName = ApiServer.AdministratorName, password = ApiServer.AdministratorPassword })
            .MustBeAsync(201);
    }

    [Fact]
    public async Task A_stolen_session_cannot_be_used_to_guess_the_password()
    {
        var thief = await servers.NewUserAsync();
        for (var i = 0; i < PasswordThrottle.FreeAttempts; i++)
        {
            await (await ChangeAsync($"guess number {i}")).MustBeProblemAsync(400);
        }

        await (await ChangeAsync(Password)).MustBeProblemAsync(429);
        var owner = await servers.A.SignInAsync(thief.UserName, Password);
        await owner.PutAsync("/users/me/password", new { currentPassword = Password, newPassword = "another horse, another battery" })
            .MustBeAsync(204);

        Task<HttpResponseMessage> ChangeAsync(string guess) =>
            thief.PutAsync("/users/me/password", new { currentPassword = guess, newPassword = "another horse, another battery" });
    }

    [Fact]
    public async Task A_device_token_is_valid_only_for_the_account_that_signed_in_there()
    {
        var (user, other) = (await servers.NewUserAsync(), await servers.NewUserAsync());
        var device = await DeviceTokenAsync(other.UserName);
        await LockAsync(user.UserName);

        await (await servers.A.From(Guesser)
            .PostAsync("/sessions", new { userName = user.UserName, password = Password, deviceTokens = device })).MustBeProblemAsync(429);
        // The response does not reveal whether an account of this name exists.
        var guesses = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => GuessAsync(servers.A, "nobody.at.all", $"guess number {i}")));
        Assert.Equal(PasswordThrottle.FreeAttempts, guesses.Count(g => g.StatusCode == HttpStatusCode.Unauthorized));
    }

    [Fact]
    public void The_delay_grows_with_each_wrong_password_up_to_a_limit()
    {
        Assert.Equal([0, 1, 2, 4, 8],
            Enumerable.Range(PasswordThrottle.FreeAttempts - 1, 5).Select(n => PasswordThrottle.DelayAfter(n).TotalSeconds));
        Assert.Equal(TimeSpan.FromMinutes(15), PasswordThrottle.DelayAfter(int.MaxValue));
    }

    [Fact]
    public async Task While_passwords_are_hashed_reads_are_served_and_no_transaction_is_open()
    {
        using var hasher = new SlowHasher();
        await using var server = new ApiServer(servers.Postgres.ConnectionString) { Hasher = hasher, PasswordQueue = 0 };
        var client = new ApiClient(await server.StartAsync());
        hasher.IsSlow = true;
        var first = RegisterAsync(client);
        await hasher.Entered.WaitAsync(TestContext.Current.CancellationToken);

        var second = await RegisterAsync(client);

        await second.MustBeProblemAsync(503);
        Assert.NotNull(second.Headers.RetryAfter);
        await client.ReadAsync("/articles");
        Assert.Equal(0L, await servers.Postgres.ExecuteAsync(
            "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"));
        hasher.IsSlow = false;
        await first.MustBeAsync(201);
    }

    [Fact]
    public async Task Sign_in_registration_and_password_change_succeed_when_hashing_exceeds_the_database_deadline()
    {
        Assert.True(DeadlineClock.Deadline + new PasswordHashingOptions().TimeLimit < new HAProxySettings().SlowAttemptTimeout);
        var (hasher, clock) = (new SlowHasher(), new DeadlineClock());
        await using var server = new ApiServer(
            servers.Postgres.ConnectionString, deadline: null)
        { Hasher = hasher, Clock = clock, DatabaseTimeout = 60 };
        var client = new ApiClient(await server.StartAsync());
        var name = ApiServers.NewName();

        await SlowlyAsync(() => RegisterAsync(client, name), 201);
        await SlowlyAsync(() => client.PostAsync("/sessions", new { userName = name, password = Password }), 201);
        var user = await client.SignInAsync(name, Password);
        await SlowlyAsync(() =>
            user.PutAsync("/users/me/password", new { currentPassword = Password, newPassword = "another horse, another battery" }), 204);
        hasher.Dispose();

        async Task SlowlyAsync(Func<Task<HttpResponseMessage>> send, int status)
        {
            hasher.IsSlow = true;
            var request = send();
            await hasher.Entered.WaitAsync(TestContext.Current.CancellationToken);
            clock.Advance(2 * DeadlineClock.Deadline);
            // A timeout, if the server produced one, must be under way before the hash is ready.
            await client.ReadAsync("/articles");
            Assert.False(request.IsCompleted);
            hasher.IsSlow = false;
            await request.MustBeAsync(status);
        }
    }

    [Fact]
    public async Task Hashing_that_takes_too_long_is_refused_with_a_clear_error_and_not_counted_as_a_database_outage()
    {
        var (hasher, clock) = (new SlowHasher(), new DeadlineClock());
        await using var server = new ApiServer(
            servers.Postgres.ConnectionString, deadline: null)
        { Hasher = hasher, Clock = clock, DatabaseTimeout = 60 };
        var client = new ApiClient(await server.StartAsync());
        hasher.IsSlow = true;
        var request = RegisterAsync(client);
        await hasher.Entered.WaitAsync(TestContext.Current.CancellationToken);

        clock.Advance(new PasswordHashingOptions().TimeLimit);

        var problem = await (await request).MustBeProblemAsync(503);
        Assert.Contains("Too many people", problem.GetProperty("detail").GetString());
        Assert.NotNull((await request).Headers.RetryAfter);
        await client.ReadAsync("/articles");
        hasher.IsSlow = false;
        await RegisterAsync(client).MustBeAsync(201);
        hasher.Dispose();
    }

    [Fact]
    public async Task Registrations_are_rate_limited_per_source_and_other_sources_are_not_affected()
    {
        await using var server = new ApiServer(servers.Postgres.ConnectionString) { RegistrationsPerMinute = 3, IsHashingSlow = true };
        var client = new ApiClient(await server.StartAsync());
        var (greedy, other) = (client.From("203.0.113.8"), client.From("203.0.113.9"));
        var name = ApiServers.NewName();
        for (var i = 0; i < 3; i++)
        {
            await RegisterAsync(greedy, i == 2 ? name : null).MustBeAsync(201);
        }

        var refused = await RegisterAsync(greedy);

        await refused.MustBeProblemAsync(429);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60);
        // A replayed registration does not count towards the limit.
        Assert.True((await RegisterAsync(greedy, name).MustBeAsync(201)).Headers.Contains("Idempotency-Replayed"));
        await RegisterAsync(other).MustBeAsync(201);
        Assert.InRange(await IterationsAsync(name), 210_000, int.MaxValue);
    }

    [Fact]
    public async Task A_hash_with_too_few_iterations_is_renewed_when_its_user_signs_in()
    {
        var user = await servers.NewUserAsync();
        var cheap = new PasswordHasher<User>(Options.Create(new PasswordHasherOptions { IterationCount = 10 }))
            .HashPassword(new User { DisplayName = "" }, Password);
        await servers.Postgres.ExecuteAsync($"UPDATE users SET password_hash = '{cheap}' WHERE user_name = '{user.UserName}'");

        await servers.A.SignInAsync(user.UserName, Password);

        Assert.Equal(1000, await IterationsAsync(user.UserName));
        await servers.B.SignInAsync(user.UserName, Password);
    }

    private static Task<HttpResponseMessage> GuessAsync(ApiClient server, string userName, string password) =>
        server.From(Guesser).PostAsync("/sessions", new { userName, password });

    // Sets a delay of ten minutes, as after many guesses.
    private async Task LockAsync(string userName)
    {
        var key = Convert.ToHexString(PasswordThrottle.KeyOf($"source {Guesser}", userName.ToUpperInvariant()));
        await servers.Postgres.ExecuteAsync(
            $"INSERT INTO password_attempts VALUES (decode('{key}', 'hex'), 99, now(), '') " +
            "ON CONFLICT (key) DO UPDATE SET failures = 99, failed_at = now()");
    }

    private async Task<string> DeviceTokenAsync(string userName) =>
        (await (await servers.A.PostAsync("/sessions", new { userName, password = Password }).MustBeAsync(201))
        .JsonAsync()).GetProperty("deviceToken").GetString()!;

    private static Task<HttpResponseMessage> RegisterAsync(ApiClient client, string? name = null) =>
        client.PostAsync("/users",
            new { userName = name ?? ApiServers.NewName(), displayName = $"Somebody {name ?? ApiServers.NewName()}", password = Password },
            key: name ?? Guid.NewGuid().ToString());

    // https://github.com/dotnet/aspnetcore/blob/main/src/Identity/Extensions.Core/src/PasswordHasher.cs: the format and the PRF precede the
    // iteration count.
    private async Task<int> IterationsAsync(string userName) => System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(
        Convert.FromBase64String(
            (string)(await servers.Postgres.ExecuteAsync($"SELECT password_hash FROM users WHERE user_name = '{userName}'"))!)
            .AsSpan(5, 4));
}
