using ScaleUp.Api.Security;

namespace ScaleUp.Tests.Api;

/// <summary>The security log records who did what and from where, without secrets.</summary>
[Collection(nameof(ApiServers))]
public sealed class SecurityLogTests(ApiServers servers)
{
    private const string Source = "203.0.113.77";
    private const string NewPassword = "another horse, another battery";

    [Fact]
    public async Task Each_security_event_is_one_line_with_user_and_source_and_no_secret()
    {
        var name = ApiServers.NewName();
        var client = servers.A.From(Source);
        await client.PostAsync("/users", new { userName = name, displayName = $"Watched {name}", password = ApiServers.Password })
            .MustBeAsync(201);
        AssertLine(SecurityEvent.Registered, name);
        var user = (await client.SignInAsync(name, ApiServers.Password)).From(Source);
        AssertLine(SecurityEvent.SignedIn, name);
        await (await client.PostAsync("/sessions", new { userName = name, password = "the wrong secret" })).MustBeProblemAsync(401);
        AssertLine(SecurityEvent.SignInFailed, name);
        for (var i = 0; i < 5; i++)
        {
            await client.PostAsync("/sessions", new { userName = name, password = $"the wrong secret {i}" });
        }

        AssertLine(SecurityEvent.PasswordThrottled, name);
        await (await client.PostAsync("/sessions", new { userName = "my secret in this field", password = "the wrong secret" }))
            .MustBeProblemAsync(401);
        await (await user.PutAsync("/users/me/password", new { currentPassword = "the wrong secret", newPassword = NewPassword }))
            .MustBeProblemAsync(400);
        AssertLine(SecurityEvent.PasswordChangeFailed, name);
        await user.PutAsync("/users/me/password", new { currentPassword = ApiServers.Password, newPassword = NewPassword })
            .MustBeAsync(204);
        AssertLine(SecurityEvent.PasswordChanged, name);
        await (await user.GetAsync("/users")).MustBeProblemAsync(403);
        Assert.Contains("GET /users", AssertLine(SecurityEvent.AccessRefused, name));
        await user.DeleteAsync("/sessions/current").MustBeAsync(204);
        AssertLine(SecurityEvent.SessionEnded, name);

        Assert.All(Lines(), line => Assert.DoesNotContain(user.Token, line));
        Assert.All(Lines(), line => Assert.DoesNotContain("secret", line));
        Assert.All(Lines(), line => Assert.DoesNotContain("horse", line));
    }

    [Fact]
    public async Task The_administrator_who_hides_or_blocks_is_recorded_in_the_log_and_the_database()
    {
        var author = await servers.NewUserAsync();
        var slug = await author.WriteAsync();
        var comment = (await (await author.PostAsync($"/articles/{slug}/comments", new { markdown = "Hi" })).JsonAsync()).GetProperty("id")
            .GetString();
        var administrator = servers.Administrator.From(Source);

        await administrator.PutAsync($"/comments/{comment}/hidden", new { reason = "Unkind." }).MustBeAsync(204);
        Assert.Contains(comment!, AssertLine(SecurityEvent.ContentHidden, ApiServer.AdministratorName));
        await administrator.PutAsync($"/articles/{slug}/hidden", new { reason = "Unkind." }).MustBeAsync(204);
        Assert.Contains(slug, AssertLine(SecurityEvent.ContentHidden, ApiServer.AdministratorName));
        await administrator.PostAsync($"/users/{author.UserName}/block", new { reason = "Unkind." }).MustBeAsync(204);
        Assert.Contains(author.UserName, AssertLine(SecurityEvent.UserBlocked, ApiServer.AdministratorName));

        var rows = new[]
        {
            ("articles", "hidden_by_id", $"t.slug = '{slug}'"),
            ("comments", "hidden_by_id", $"t.id = '{comment}'"),
            ("users", "blocked_by_id", $"t.user_name = '{author.UserName}'"),
        };
        foreach (var (table, column, row) in rows)
        {
            Assert.Equal(ApiServer.AdministratorName,
                await servers.Postgres.ExecuteAsync($"SELECT u.user_name FROM {table} t JOIN users u ON u.id = t.{column} WHERE {row}"));
        }

        var listed = (await servers.Administrator.ReadAsync("/users?limit=100")).GetProperty("items").EnumerateArray()
            .Single(u => u.GetProperty("userName").GetString() == author.UserName);
        Assert.Equal(ApiServer.AdministratorName, listed.GetProperty("blockedBy").GetString());
        await administrator.DeleteAsync($"/users/{author.UserName}/block").MustBeAsync(204);
        AssertLine(SecurityEvent.UserUnblocked, ApiServer.AdministratorName);
    }

    [Fact]
    public async Task Only_web_servers_may_set_the_client_address()
    {
        var user = await servers.NewUserAsync();

        await user.SendAsync(HttpMethod.Delete, "/sessions/current", null, headers: new() { ["X-Client-Address"] = "192.0.2.66" })
            .MustBeAsync(204);

        Assert.Contains(Lines(), line => line.Contains(user.UserName, StringComparison.Ordinal));
        Assert.DoesNotContain(Lines(), line => line.Contains("192.0.2.66", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_wrong_service_key_at_internal_endpoints_is_logged()
    {
        await (await servers.A.SendAsync(
            HttpMethod.Get, "/internal/data-protection-keys", null, "", new() { ["X-Service-Key"] = "a guess" })).MustBeProblemAsync(401);

        Assert.True(SpinWait.SpinUntil(
            () => Lines().Any(line => line.Contains("AccessRefused", StringComparison.Ordinal) &&
                line.Contains("GET /internal/data-protection-keys", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(30)));
        Assert.DoesNotContain(Lines(), line => line.Contains("a guess", StringComparison.Ordinal));
    }

    private string[] Lines() =>
        [.. servers.ServerA.Log.GetSnapshot().Select(line => $"{line.Message} {string.Join(' ', line.StructuredState ?? [])}")];

    // The server writes the line after the response.
    private string AssertLine(SecurityEvent what, string userName)
    {
        string? found = null;
        Assert.True(SpinWait.SpinUntil(
            () => (found = Lines().LastOrDefault(
                line => line.StartsWith($"Security event {what}: user {userName} (", StringComparison.Ordinal))) is not null,
            TimeSpan.FromSeconds(30)),
            $"There is no {what} of {userName} in:\n{string.Join('\n', Lines())}");
        Assert.Contains(Source, found);
        return found!;
    }
}
