namespace ScaleUp.Tests.Api;

/// <summary>Sessions: sign-in, expiry and revocation.</summary>
[Collection(nameof(ApiServers))]
public sealed class SessionTests(ApiServers servers)
{
    private const string Password = ApiServers.Password;

    [Fact]
    public async Task A_revoked_session_ends_immediately_on_the_other_server()
    {
        var phone = await servers.NewUserAsync();
        var laptop = await servers.A.SignInAsync(phone.UserName, Password, "laptop");
        await phone.At(servers.B).ReadAsync("/sessions/current");
        var other = (await laptop.ReadAsync("/sessions")).GetProperty("items").EnumerateArray()
            .Single(s => !s.GetProperty("isCurrent").GetBoolean());

        await laptop.DeleteAsync($"/sessions/{other.GetProperty("id").GetString()}").MustBeAsync(204);

        await (await phone.At(servers.B).GetAsync("/sessions/current")).MustBeProblemAsync(401);
        await (await laptop.At(servers.B).DeleteAsync($"/sessions/{other.GetProperty("id").GetString()}")).MustBeProblemAsync(404);
        await laptop.DeleteAsync("/sessions/current").MustBeAsync(204);
        await (await laptop.At(servers.B).GetAsync("/sessions")).MustBeProblemAsync(401);
        // Public pages stay readable with an ended session.
        await laptop.At(servers.B).ReadAsync("/articles");
    }

    [Fact]
    public async Task Resolving_a_session_takes_one_database_command()
    {
        var user = (await servers.NewUserAsync()).At(servers.A);
        await user.ReadAsync("/sessions/current");
        var before = servers.ServerA.Commands.Count;

        await user.ReadAsync("/sessions/current");

        Assert.Equal(1, servers.ServerA.Commands.Count - before);
    }

    [Fact]
    public async Task Users_cannot_revoke_sessions_of_others()
    {
        var user = await servers.NewUserAsync();
        var id = (await user.ReadAsync("/sessions/current")).GetProperty("id").GetString();

        await (await (await servers.NewUserAsync()).DeleteAsync($"/sessions/{id}")).MustBeProblemAsync(404);

        await user.ReadAsync("/sessions/current");
    }

    [Fact]
    public async Task A_new_password_replaces_the_old_one_and_ends_all_other_sessions()
    {
        var phone = await servers.NewUserAsync();
        var laptop = await servers.B.SignInAsync(phone.UserName, Password);
        const string Next = "another horse, another battery";
        var problem = await (await laptop.PutAsync(
            "/users/me/password", new { currentPassword = "not the current one", newPassword = Next }))
            .MustBeProblemAsync(400);
        Assert.True(problem.GetProperty("errors").TryGetProperty("currentPassword", out _));

        await laptop.PutAsync("/users/me/password", new { currentPassword = Password, newPassword = Next }).MustBeAsync(204);

        await laptop.At(servers.A).ReadAsync("/sessions/current");
        await (await phone.GetAsync("/sessions/current")).MustBeProblemAsync(401);
        await (await servers.A.PostAsync("/sessions", new { userName = phone.UserName, password = Password, device = "" }))
            .MustBeProblemAsync(401);
        await servers.A.SignInAsync(phone.UserName, Next);
    }

    [Fact]
    public async Task Sessions_expire_when_unused_and_in_any_case_after_thirty_days()
    {
        var user = await servers.NewUserAsync();
        // Simulates a sign-in 29 days ago with a visit every day since.
        await SetAsync("created_at = now() - interval '29 days', last_seen_at = now() - interval '1 day', " +
            "expires_at = now() + interval '1 hour'");
        // The database stores timestamps with microsecond precision.
        var before = DateTimeOffset.UtcNow.AddMilliseconds(-1);
        var session = await user.ReadAsync("/sessions/current");
        Assert.Equal(1, Math.Round((session.GetProperty("expiresAt").GetDateTimeOffset() - DateTimeOffset.UtcNow).TotalDays));
        var seen = session.GetProperty("lastSeenAt").GetDateTimeOffset();
        Assert.InRange(seen, before, DateTimeOffset.UtcNow);
        Assert.Equal(seen, (await user.ReadAsync("/sessions/current")).GetProperty("lastSeenAt").GetDateTimeOffset());

        await SetAsync("expires_at = now() - interval '1 second'");

        await (await user.GetAsync("/sessions/current")).MustBeProblemAsync(401);

        Task SetAsync(string columns) => servers.Postgres.ExecuteAsync(
            $"UPDATE sessions SET {columns} WHERE user_id = (SELECT id FROM users WHERE user_name = '{user.UserName}')");
    }

    [Fact]
    public async Task A_blocked_user_is_signed_out_immediately_and_can_sign_in_after_unblocking()
    {
        var user = await servers.NewUserAsync();
        await servers.Administrator.PostAsync($"/users/{user.UserName}/block", new { reason = "Advertising." }).MustBeAsync(204);

        await (await user.At(servers.B).GetAsync("/sessions/current")).MustBeProblemAsync(401);
        await (await servers.B.PostAsync("/sessions", new { userName = user.UserName, password = Password, device = "" }))
            .MustBeProblemAsync(403);
        var listed = (await servers.Administrator.ReadAsync("/users?limit=100")).GetProperty("items").EnumerateArray()
            .Single(u => u.GetProperty("userName").GetString() == user.UserName);
        Assert.Equal("Advertising.", listed.GetProperty("blockReason").GetString());

        await servers.Administrator.DeleteAsync($"/users/{user.UserName}/block").MustBeAsync(204);
        await servers.B.SignInAsync(user.UserName, Password);
        await (await servers.Administrator.PostAsync($"/users/{ApiServer.AdministratorName}/block", new { reason = "Me." }))
            .MustBeProblemAsync(409);
        await (await servers.Administrator.PostAsync("/users/nobody-at-all/block", new { reason = "Who?" })).MustBeProblemAsync(404);
    }

    [Fact]
    public async Task The_database_contains_neither_tokens_nor_passwords()
    {
        var user = await servers.NewUserAsync();
        var dump = (string?)await servers.Postgres.ExecuteAsync(
            "SELECT string_agg(t, ' ') FROM (SELECT s::text AS t FROM sessions s UNION ALL SELECT u::text FROM users u " +
            "UNION ALL SELECT encode(a.answer, 'escape') FROM idempotent_answers a " +
            "UNION ALL SELECT p::text FROM password_attempts p) AS rows");

        Assert.NotNull(dump);
        Assert.DoesNotContain(user.Token, dump);
        Assert.DoesNotContain(Password, dump);
    }

    [Fact]
    public async Task A_sign_in_retried_after_a_password_change_creates_no_session()
    {
        var (user, key) = (await servers.NewUserAsync(), Guid.NewGuid().ToString());
        var request = new { userName = user.UserName, password = Password, device = "the first form" };
        var token = await TokenOfAsync(servers.A.PostAsync("/sessions", request, key: key));
        await new ApiClient(servers.A.Http, token)
            .PutAsync("/users/me/password", new { currentPassword = Password, newPassword = "another horse, another battery" })
            .MustBeAsync(204);

        await (await servers.A.PostAsync("/sessions", request, key: key)).MustBeProblemAsync(401);
        await (await servers.B.PostAsync("/sessions", request, key: key)).MustBeProblemAsync(401);
    }

    [Fact]
    public async Task A_sign_in_retried_after_its_session_has_ended_creates_another_session()
    {
        var (user, key) = (await servers.NewUserAsync(), Guid.NewGuid().ToString());
        var request = new { userName = user.UserName, password = Password, device = "the first form" };
        var first = await TokenOfAsync(servers.A.PostAsync("/sessions", request, key: key));
        await new ApiClient(servers.A.Http, first).DeleteAsync("/sessions/current").MustBeAsync(204);

        var second = await TokenOfAsync(servers.B.PostAsync("/sessions", request, key: key));

        Assert.NotEqual(first, second);
        await new ApiClient(servers.A.Http, second).ReadAsync("/sessions/current");
        Assert.Equal(second, await TokenOfAsync(servers.A.PostAsync("/sessions", request, key: key)));
    }

    [Fact]
    public async Task A_retried_password_change_is_applied_once_and_reports_success()
    {
        var user = await servers.NewUserAsync();
        var change = new { currentPassword = Password, newPassword = "another horse, another battery" };

        var answers = await Task.WhenAll(Enumerable.Range(0, 6)
            .Select(i => user.At(i % 2 == 0 ? servers.A : servers.B).PutAsync("/users/me/password", change, key: "change")));

        Assert.All(answers, answer => Assert.Equal(System.Net.HttpStatusCode.NoContent, answer.StatusCode));
        Assert.Single(answers, answer => !answer.Headers.Contains("Idempotency-Replayed"));
        await servers.B.SignInAsync(user.UserName, change.newPassword);
    }

    [Fact]
    public async Task Signing_in_again_ends_the_previous_session_of_the_same_browser()
    {
        var first = await servers.NewUserAsync();
        var second = await first.SignInAsync(first.UserName, Password);

        await (await first.At(servers.B).GetAsync("/sessions/current")).MustBeProblemAsync(401);
        Assert.Equal(1, (await second.ReadAsync("/sessions")).GetProperty("items").GetArrayLength());
        // The same holds when another user signs in.
        await second.SignInAsync((await servers.NewUserAsync()).UserName, Password);
        await (await second.GetAsync("/sessions/current")).MustBeProblemAsync(401);
    }

    [Fact]
    public async Task Ending_all_other_sessions_takes_effect_immediately_and_leaves_other_users_signed_in()
    {
        var (phone, other) = (await servers.NewUserAsync(), await servers.NewUserAsync());
        var laptop = await servers.A.SignInAsync(phone.UserName, Password, "laptop");
        var tablet = await servers.B.SignInAsync(phone.UserName, Password, "tablet");

        await laptop.DeleteAsync("/sessions").MustBeAsync(204);

        await (await phone.At(servers.B).GetAsync("/sessions/current")).MustBeProblemAsync(401);
        await (await tablet.GetAsync("/sessions/current")).MustBeProblemAsync(401);
        await laptop.ReadAsync("/sessions/current");
        await other.ReadAsync("/sessions/current");
    }

    private static async Task<string> TokenOfAsync(Task<HttpResponseMessage> sending) =>
        (await (await sending.MustBeAsync(201)).JsonAsync()).GetProperty("token").GetString()!;
}
