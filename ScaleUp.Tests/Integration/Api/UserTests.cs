using System.Net;
using System.Text.Json;

namespace ScaleUp.Tests.Api;

/// <summary>User accounts: registration, names and protection against impersonation.</summary>
[Collection(nameof(ApiServers))]
public sealed class UserTests(ApiServers servers)
{
    private const string Password = ApiServers.Password;

    [Fact]
    public async Task A_registered_user_can_sign_in_at_any_server()
    {
        var name = ApiServers.NewName();
        var registered = await servers.A.PostAsync("/users", new { userName = name, displayName = " Zoë 木 ", password = Password })
            .MustBeAsync(201);
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
    [InlineData("good.name", "Ada\u200B Brandt", Password, "displayName")]
    [InlineData("good.name", "\u3164", Password, "displayName")]
    [InlineData("good.name", "\u202Eadmin", Password, "displayName")]
    [InlineData("good.name", "Ada\u2066x", Password, "displayName")]
    [InlineData("good.name", "Ad\u200Da", Password, "displayName")]
    [InlineData("good.name", "\u2800", Password, "displayName")]
    [InlineData("good.name", "Ada", "elevenchars", "password")]
    [InlineData("good.name", "Ada", null, "password")]
    public async Task Each_registration_error_names_its_field(string? userName, string displayName, string? password, string field)
    {
        var problem = await (await servers.A.PostAsync("/users", new { userName, displayName, password })).MustBeProblemAsync(400);

        Assert.Equal([field], problem.GetProperty("errors").EnumerateObject().Select(e => e.Name));
    }

    [Fact]
    public async Task Parallel_registrations_of_one_name_in_any_case_create_one_account()
    {
        var name = ApiServers.NewName();
        var responses = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => (i % 2 == 0 ? servers.A : servers.B)
            .PostAsync("/users",
                new { userName = i % 3 == 0 ? name : name.ToUpperInvariant(), displayName = $"User {i}", password = Password })));

        Assert.Single(responses, r => r.StatusCode == HttpStatusCode.Created);
        foreach (var response in responses.Where(r => r.StatusCode != HttpStatusCode.Created))
        {
            var problem = await response.MustBeProblemAsync(409);
            Assert.True(problem.GetProperty("errors").TryGetProperty("userName", out _));
        }
    }

    [Fact]
    public async Task Wrong_password_and_unknown_user_get_the_same_response()
    {
        var user = await servers.NewUserAsync();
        var wrong = await (await servers.A.PostAsync(
            "/sessions", new { userName = user.UserName, password = "wrong password", device = "" })).MustBeProblemAsync(401);
        var unknown = await (await servers.A.PostAsync(
            "/sessions", new { userName = "nobody-at-all", password = "wrong password", device = "" }))
            .MustBeProblemAsync(401);
        var author = await (await servers.A.PostAsync(
            "/sessions", new { userName = "ada.brandt", password = "wrong password", device = "" }))
            .MustBeProblemAsync(401);

        Assert.Equal(wrong.GetProperty("detail").GetString(), unknown.GetProperty("detail").GetString());
        Assert.Equal(wrong.GetProperty("detail").GetString(), author.GetProperty("detail").GetString());
    }

    [Fact]
    public async Task A_new_display_name_appears_everywhere()
    {
        var user = await servers.NewUserAsync();
        await user.PutAsync("/users/me", new { displayName = "Renamed" }).MustBeAsync(200);

        Assert.Equal("Renamed", (await servers.B.ReadAsync($"/users/{user.UserName}")).GetProperty("displayName").GetString());
    }

    [Fact]
    public async Task Users_are_listed_in_pages_without_gaps()
    {
        await servers.NewUserAsync();
        var names = new List<string>();
        for (string? address = "/users?limit=2"; address is not null;)
        {
            var page = await servers.Administrator.ReadAsync(address);
            names.AddRange(page.GetProperty("items").EnumerateArray().Select(u => u.GetProperty("userName").GetString()!));
            address = page.GetProperty("next") is { ValueKind: JsonValueKind.String } next
                ? $"/users?limit=2&cursor={next.GetString()}" : null;
        }

        Assert.Distinct(names);
        Assert.Equal((long)names.Count, await servers.Postgres.ExecuteAsync("SELECT count(*) FROM users"));
    }

    [Theory]
    [InlineData("adm1n", false)]
    [InlineData("a.d.m.i.n", false)]
    [InlineData("Admln", false)]
    [InlineData("АDМIN", true)]
    [InlineData("\u0430dmin", true)]
    [InlineData("Ådmin", true)]
    [InlineData("ａｄｍｉｎ", true)]
    [InlineData("Ada Brandt", true)]
    [InlineData("Аdа  Вrаndt", true)]
    [InlineData("Ada-Brandt", true)]
    [InlineData("ada_brandt", false)]
    public async Task Names_that_resemble_the_administrator_or_another_author_are_refused(string name, bool isDisplayName)
    {
        var own = ApiServers.NewName();
        var (userName, displayName) = isDisplayName ? (own, name) : (name, $"User {own}");

        var problem = await (await servers.A.PostAsync("/users", new { userName, displayName, password = Password }))
            .MustBeProblemAsync(409);

        Assert.True(problem.GetProperty("errors").TryGetProperty(isDisplayName ? "displayName" : "userName", out _));
        if (isDisplayName)
        {
            var user = await servers.NewUserAsync();
            await (await user.PutAsync("/users/me", new { displayName })).MustBeProblemAsync(409);
        }
    }

    [Theory]
    [InlineData("نام\u200Cها")]
    [InlineData("क\u094D\u200Dष")]
    [InlineData("Ada 👩\u200D💻")]
    [InlineData("木漏れ日")]
    [InlineData("Ёжик")]
    public async Task A_name_in_any_script_is_accepted(string name)
    {
        var user = await servers.NewUserAsync();
        var displayName = $"{name} {user.UserName}";
        await user.PutAsync("/users/me", new { displayName }).MustBeAsync(200);
        await user.PutAsync("/users/me", new { displayName }).MustBeAsync(200);
    }

    [Fact]
    public async Task Only_one_of_two_concurrent_registrations_gets_a_name()
    {
        var displayName = $"Twin {Guid.NewGuid():n}";
        var answers = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => (i % 2 == 0 ? servers.A : servers.B)
            .PostAsync("/users", new { userName = ApiServers.NewName(), displayName, password = Password })));

        Assert.Single(answers, answer => (int)answer.StatusCode == 201);
    }
}
