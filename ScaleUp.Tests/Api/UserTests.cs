using System.Net;
using System.Text.Json;

namespace ScaleUp.Tests.Api;

/// <summary>Accounts, sessions and who ends them.</summary>
[Collection(nameof(ApiServers))]
public sealed class UserTests(ApiServers servers)
{
    private const string Password = ApiServers.Password;

    [Fact]
    public async Task Registering_gives_an_account_that_can_sign_in_on_any_server()
    {
        var name = ApiServers.NewName();
        var registered = await servers.A.PostAsync("/users", new { userName = name, displayName = " Zoë 木 ", password = Password }).MustBeAsync(201);
        var account = await registered.JsonAsync();
        Assert.Equal("Zoë 木", account.GetProperty("displayName").GetString());
        Assert.False(account.GetProperty("isAdministrator").GetBoolean());

        var user = await servers.B.SignInAsync(name.ToUpperInvariant(), Password, "Firefox on Linux");

        var session = await user.At(servers.A).ReadAsync("/sessions/current");
        Assert.Equal("Firefox on Linux", session.GetProperty("device").GetString());
        Assert.Equal(account.GetProperty("id").GetGuid(), session.GetProperty("user").GetProperty("id").GetGuid());
        Assert.Equal(7, Math.Round((session.GetProperty("expiresAt").GetDateTimeOffset() - DateTimeOffset.UtcNow).TotalDays));
    }

    [Theory]
    [InlineData("ab", "Ada", Password, "userName")]
    [InlineData("..a", "Ada", Password, "userName")]
    [InlineData("a/b/c", "Ada", Password, "userName")]
    [InlineData("ada\n", "Ada", Password, "userName")]
    [InlineData(null, "Ada", Password, "userName")]
    [InlineData("good.name", "   ", Password, "displayName")]
    [InlineData("good.name", "Ada\u0007", Password, "displayName")]
    [InlineData("good.name", "Ada", "elevenchars", "password")]
    [InlineData("good.name", "Ada", null, "password")]
    public async Task What_is_wrong_with_a_registration_is_said_of_its_field(string? userName, string displayName, string? password, string field)
    {
        var problem = await (await servers.A.PostAsync("/users", new { userName, displayName, password })).MustBeProblemAsync(400);

        Assert.Equal([field], problem.GetProperty("errors").EnumerateObject().Select(e => e.Name));
    }

    [Fact]
    public async Task A_name_is_taken_once_whatever_its_case_and_however_many_ask_at_once()
    {
        var name = ApiServers.NewName();
        var responses = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => (i % 2 == 0 ? servers.A : servers.B)
            .PostAsync("/users", new { userName = i % 3 == 0 ? name : name.ToUpperInvariant(), displayName = $"User {i}", password = Password })));

        Assert.Single(responses, r => r.StatusCode == HttpStatusCode.Created);
        foreach (var response in responses.Where(r => r.StatusCode != HttpStatusCode.Created))
        {
            var problem = await response.MustBeProblemAsync(409);
            Assert.True(problem.GetProperty("errors").TryGetProperty("userName", out _));
        }
    }

    [Fact]
    public async Task Wrong_password_and_unknown_user_get_the_same_answer()
    {
        var user = await servers.NewUserAsync();
        var wrong = await (await servers.A.PostAsync("/sessions", new { userName = user.UserName, password = "wrong password", device = "" })).MustBeProblemAsync(401);
        var unknown = await (await servers.A.PostAsync("/sessions", new { userName = "nobody-at-all", password = "wrong password", device = "" })).MustBeProblemAsync(401);
        var author = await (await servers.A.PostAsync("/sessions", new { userName = "ada.brandt", password = "wrong password", device = "" })).MustBeProblemAsync(401);

        Assert.Equal(wrong.GetProperty("detail").GetString(), unknown.GetProperty("detail").GetString());
        Assert.Equal(wrong.GetProperty("detail").GetString(), author.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task Guesses_at_all_servers_at_once_are_counted_each_and_lock_the_account()
    {
        var user = await servers.NewUserAsync();
        var guesses = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => (i % 2 == 0 ? servers.A : servers.B)
            .PostAsync("/sessions", new { userName = user.UserName, password = $"guess number {i}", device = "" })));

        Assert.Equal(5, guesses.Count(g => g.StatusCode == HttpStatusCode.Unauthorized));
        Assert.Equal(3, guesses.Count(g => g.StatusCode == HttpStatusCode.Locked));
        var locked = await servers.A.PostAsync("/sessions", new { userName = user.UserName, password = Password, device = "" });
        await locked.MustBeProblemAsync(423);
        Assert.InRange(locked.Headers.RetryAfter!.Delta!.Value.TotalMinutes, 4, 5);
        // Whoever is signed in stays so.
        await user.ReadAsync("/sessions/current");
    }

    [Fact]
    public async Task A_revoked_session_ends_at_once_on_the_other_server()
    {
        var phone = await servers.NewUserAsync();
        var laptop = await servers.A.SignInAsync(phone.UserName, Password, "laptop");
        await phone.At(servers.B).ReadAsync("/sessions/current");
        var other = (await laptop.ReadAsync("/sessions")).GetProperty("items").EnumerateArray().Single(s => !s.GetProperty("isCurrent").GetBoolean());

        await laptop.DeleteAsync($"/sessions/{other.GetProperty("id").GetString()}").MustBeAsync(204);

        await (await phone.At(servers.B).GetAsync("/sessions/current")).MustBeProblemAsync(401);
        await (await laptop.At(servers.B).DeleteAsync($"/sessions/{other.GetProperty("id").GetString()}")).MustBeProblemAsync(404);
        await laptop.DeleteAsync("/sessions/current").MustBeAsync(204);
        await (await laptop.At(servers.B).GetAsync("/sessions")).MustBeProblemAsync(401);
    }

    [Fact]
    public async Task Nobody_can_revoke_the_session_of_somebody_else()
    {
        var user = await servers.NewUserAsync();
        var id = (await user.ReadAsync("/sessions/current")).GetProperty("id").GetString();

        await (await (await servers.NewUserAsync()).DeleteAsync($"/sessions/{id}")).MustBeProblemAsync(404);

        await user.ReadAsync("/sessions/current");
    }

    [Fact]
    public async Task A_new_password_ends_the_other_sessions_and_the_old_password()
    {
        var phone = await servers.NewUserAsync();
        var laptop = await servers.B.SignInAsync(phone.UserName, Password);
        const string Next = "another horse, another battery";
        var problem = await (await laptop.PutAsync("/users/me/password", new { currentPassword = "not the current one", newPassword = Next })).MustBeProblemAsync(400);
        Assert.True(problem.GetProperty("errors").TryGetProperty("currentPassword", out _));

        await laptop.PutAsync("/users/me/password", new { currentPassword = Password, newPassword = Next }).MustBeAsync(204);

        await laptop.At(servers.A).ReadAsync("/sessions/current");
        await (await phone.GetAsync("/sessions/current")).MustBeProblemAsync(401);
        await (await servers.A.PostAsync("/sessions", new { userName = phone.UserName, password = Password, device = "" })).MustBeProblemAsync(401);
        await servers.A.SignInAsync(phone.UserName, Next);
    }

    [Fact]
    public async Task A_display_name_changes_wherever_it_is_shown()
    {
        var user = await servers.NewUserAsync();
        await user.PutAsync("/users/me", new { displayName = "Renamed" }).MustBeAsync(200);

        Assert.Equal("Renamed", (await servers.B.ReadAsync($"/users/{user.UserName}")).GetProperty("displayName").GetString());
    }

    [Fact]
    public async Task Sessions_expire_when_unused_and_in_any_case_after_thirty_days()
    {
        var user = await servers.NewUserAsync();
        // As if they had signed in 29 days ago and come back every day.
        await SetAsync("created_at = now() - interval '29 days', last_seen_at = now() - interval '1 day', expires_at = now() + interval '1 hour'");
        var session = await user.ReadAsync("/sessions/current");
        Assert.Equal(1, Math.Round((session.GetProperty("expiresAt").GetDateTimeOffset() - DateTimeOffset.UtcNow).TotalDays));
        var seen = session.GetProperty("lastSeenAt").GetDateTimeOffset();
        Assert.True(DateTimeOffset.UtcNow - seen < TimeSpan.FromSeconds(30));
        Assert.Equal(seen, (await user.ReadAsync("/sessions/current")).GetProperty("lastSeenAt").GetDateTimeOffset());

        await SetAsync("expires_at = now() - interval '1 second'");

        await (await user.GetAsync("/sessions/current")).MustBeProblemAsync(401);

        Task SetAsync(string columns) => servers.Postgres.ExecuteAsync(
            $"UPDATE sessions SET {columns} WHERE user_id = (SELECT id FROM users WHERE user_name = '{user.UserName}')");
    }

    [Fact]
    public async Task A_blocked_user_is_out_at_once_and_comes_back_when_unblocked()
    {
        var user = await servers.NewUserAsync();
        await servers.Administrator.PostAsync($"/users/{user.UserName}/block", new { reason = "Advertising." }).MustBeAsync(204);

        await (await user.At(servers.B).GetAsync("/sessions/current")).MustBeProblemAsync(401);
        await (await servers.B.PostAsync("/sessions", new { userName = user.UserName, password = Password, device = "" })).MustBeProblemAsync(403);
        var listed = (await servers.Administrator.ReadAsync("/users?limit=100")).GetProperty("items").EnumerateArray()
            .Single(u => u.GetProperty("userName").GetString() == user.UserName);
        Assert.Equal("Advertising.", listed.GetProperty("blockReason").GetString());

        await servers.Administrator.DeleteAsync($"/users/{user.UserName}/block").MustBeAsync(204);
        await servers.B.SignInAsync(user.UserName, Password);
        await (await servers.Administrator.PostAsync($"/users/{ApiServer.AdministratorName}/block", new { reason = "Me." })).MustBeProblemAsync(409);
        await (await servers.Administrator.PostAsync("/users/nobody-at-all/block", new { reason = "Who?" })).MustBeProblemAsync(404);
    }

    [Fact]
    public async Task All_users_are_found_page_by_page()
    {
        await servers.NewUserAsync();
        var names = new List<string>();
        for (string? address = "/users?limit=2"; address is not null;)
        {
            var page = await servers.Administrator.ReadAsync(address);
            names.AddRange(page.GetProperty("items").EnumerateArray().Select(u => u.GetProperty("userName").GetString()!));
            address = page.GetProperty("next") is { ValueKind: JsonValueKind.String } next ? $"/users?limit=2&cursor={next.GetString()}" : null;
        }

        Assert.Distinct(names);
        Assert.Equal((long)names.Count, await servers.Postgres.ExecuteAsync("SELECT count(*) FROM users"));
    }

    [Fact]
    public async Task The_database_knows_neither_tokens_nor_passwords()
    {
        var user = await servers.NewUserAsync();
        var dump = (string?)await servers.Postgres.ExecuteAsync(
            "SELECT string_agg(t, ' ') FROM (SELECT s::text AS t FROM sessions s UNION ALL SELECT u::text FROM users u UNION ALL SELECT encode(a.answer, 'escape') FROM idempotent_answers a) AS rows");

        Assert.NotNull(dump);
        Assert.DoesNotContain(user.Token, dump);
        Assert.DoesNotContain(Password, dump);
    }
}
