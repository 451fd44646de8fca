namespace ScaleUp.Tests.Api;

/// <summary>The API refuses every operation that the caller is not authorized for.</summary>
[Collection(nameof(ApiServers))]
public sealed class AuthorizationTests(ApiServers servers)
{
    private static readonly object s_draft = new { title = "T", summary = "", markdown = "M", tags = Array.Empty<string>() };
    private static readonly object s_reason = new { reason = "Because." };

    [Theory]
    [InlineData("GET", "/sessions")]
    [InlineData("GET", "/sessions/current")]
    [InlineData("DELETE", "/sessions/current")]
    [InlineData("DELETE", "/sessions/0190a000-0000-7000-8000-000000000000")]
    [InlineData("PUT", "/users/me")]
    [InlineData("PUT", "/users/me/password")]
    [InlineData("GET", "/users")]
    [InlineData("POST", "/users/ada.brandt/block")]
    [InlineData("DELETE", "/users/ada.brandt/block")]
    [InlineData("GET", "/me/articles")]
    [InlineData("POST", "/articles")]
    [InlineData("POST", "/articles/preview")]
    [InlineData("PUT", "/articles/state-has-one-home")]
    [InlineData("DELETE", "/articles/state-has-one-home")]
    [InlineData("POST", "/articles/state-has-one-home/publish")]
    [InlineData("POST", "/articles/state-has-one-home/withdraw")]
    [InlineData("PUT", "/articles/state-has-one-home/hidden")]
    [InlineData("DELETE", "/articles/state-has-one-home/hidden")]
    [InlineData("POST", "/articles/state-has-one-home/comments")]
    [InlineData("DELETE", "/comments/0190a000-0000-7000-8000-000000000000")]
    [InlineData("PUT", "/comments/0190a000-0000-7000-8000-000000000000/hidden")]
    [InlineData("DELETE", "/comments/0190a000-0000-7000-8000-000000000000/hidden")]
    [InlineData("GET", "/internal/data-protection-keys")]
    [InlineData("POST", "/internal/data-protection-keys")]
    [InlineData("GET", "/internal/database")]
    public async Task Requests_without_a_session_are_refused(string method, string address)
    {
        foreach (var token in new[] { null, "", "nonsense", new string('A', 43), new string('A', 100_00) })
        {
            var stranger = new ApiClient(servers.A.Http, token);
            await (await stranger.SendAsync(new HttpMethod(method), address, method is "GET" or "DELETE" ? null : new { }))
                .MustBeProblemAsync(401);
        }
    }

    [Theory]
    [InlineData("GET", "/users")]
    [InlineData("POST", "/users/ada.brandt/block")]
    [InlineData("DELETE", "/users/ada.brandt/block")]
    [InlineData("PUT", "/articles/state-has-one-home/hidden")]
    [InlineData("DELETE", "/articles/state-has-one-home/hidden")]
    [InlineData("PUT", "/comments/0190a000-0000-7000-8000-000000000000/hidden")]
    [InlineData("DELETE", "/comments/0190a000-0000-7000-8000-000000000000/hidden")]
    public async Task Only_administrators_may_use_administration_endpoints(string method, string address)
    {
        var user = await servers.NewUserAsync();
        await (await user.SendAsync(new HttpMethod(method), address, method is "GET" or "DELETE" ? null : s_reason))
            .MustBeProblemAsync(403);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Only_its_author_can_change_an_article(bool asAdministrator)
    {
        var author = await servers.NewUserAsync();
        var slug = await author.WriteAsync();
        var other = asAdministrator ? servers.Administrator : await servers.NewUserAsync();

        await (await other.PutAsync($"/articles/{slug}", s_draft, version: 2)).MustBeProblemAsync(403);
        await (await other.PostAsync($"/articles/{slug}/withdraw", version: 2)).MustBeProblemAsync(403);
        await (await other.PostAsync($"/articles/{slug}/publish", version: 2)).MustBeProblemAsync(403);
        await (await other.DeleteAsync($"/articles/{slug}", version: 2)).MustBeProblemAsync(403);
        Assert.Equal(2, (await author.ReadAsync($"/articles/{slug}")).GetProperty("version").GetInt32());
    }

    [Fact]
    public async Task A_draft_is_visible_only_to_its_author()
    {
        var author = await servers.NewUserAsync();
        var slug = await author.WriteAsync(publish: false, markdown: "Xyzzyxdraft");
        foreach (var other in new[] { servers.A, await servers.NewUserAsync(), servers.Administrator })
        {
            await (await other.GetAsync($"/articles/{slug}")).MustBeProblemAsync(404);
            await (await other.GetAsync($"/articles/{slug}/comments")).MustBeProblemAsync(404);
            Assert.Equal(0, (await other.ReadAsync($"/articles?author={author.UserName}")).GetProperty("items").GetArrayLength());
            Assert.Equal(0, (await other.ReadAsync("/search?q=xyzzyxdraft")).GetProperty("items").GetArrayLength());
        }

        await (await (await servers.NewUserAsync()).PutAsync($"/articles/{slug}", s_draft, version: 1)).MustBeProblemAsync(404);
        await (await author.PostAsync($"/articles/{slug}/comments", new { markdown = "Mine" })).MustBeProblemAsync(409);
        await author.ReadAsync($"/articles/{slug}");
    }

    [Fact]
    public async Task A_hidden_article_is_visible_only_to_its_author_and_administrators()
    {
        var author = await servers.NewUserAsync();
        var slug = await author.WriteAsync(markdown: "Xyzzyxhidden", tags: ["xyzzyx"]);
        await servers.Administrator.PutAsync($"/articles/{slug}/hidden", s_reason).MustBeAsync(204);

        foreach (var other in new[] { servers.B, await servers.NewUserAsync() })
        {
            await (await other.GetAsync($"/articles/{slug}")).MustBeProblemAsync(404);
            Assert.Equal(0, (await other.ReadAsync("/articles?tag=xyzzyx")).GetProperty("items").GetArrayLength());
            Assert.Equal(0, (await other.ReadAsync("/search?q=xyzzyxhidden")).GetProperty("items").GetArrayLength());
            Assert.DoesNotContain("xyzzyx", (await other.ReadAsync("/tags")).ToString());
        }

        Assert.True((await author.ReadAsync($"/articles/{slug}")).GetProperty("isHidden").GetBoolean());
        Assert.True((await servers.Administrator.ReadAsync($"/articles/{slug}")).GetProperty("isHidden").GetBoolean());
        await servers.Administrator.DeleteAsync($"/articles/{slug}/hidden").MustBeAsync(204);
        await servers.B.ReadAsync($"/articles/{slug}");
        await (await servers.Administrator.PutAsync("/articles/there-is-none/hidden", s_reason)).MustBeProblemAsync(404);
    }

    [Fact]
    public async Task Only_its_author_and_administrators_can_delete_a_comment()
    {
        var author = await servers.NewUserAsync();
        var slug = await author.WriteAsync();
        var reader = await servers.NewUserAsync();
        var id = (await (await reader.PostAsync($"/articles/{slug}/comments", new { markdown = "Hi" })).JsonAsync()).GetProperty("id")
            .GetString();

        await (await author.DeleteAsync($"/comments/{id}")).MustBeProblemAsync(403);
        await (await author.DeleteAsync($"/comments/{Guid.NewGuid()}")).MustBeProblemAsync(404);
        Assert.Equal(1, (await servers.A.ReadAsync($"/articles/{slug}/comments")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Only_web_servers_can_read_their_shared_data_protection_keys()
    {
        var key = new Dictionary<string, string> { ["X-Service-Key"] = ApiServer.ServiceKey };
        var name = $"key-{Guid.NewGuid()}";
        for (var i = 0; i < 2; i++)
        {
            await servers.A.SendAsync(HttpMethod.Post, "/internal/data-protection-keys",
                new { friendlyName = name, xml = $"<key n='{i}' />" }, key: "", key).MustBeAsync(204);
        }

        var items = (await (await servers.B.SendAsync(HttpMethod.Get, "/internal/data-protection-keys", null, "", key)).JsonAsync())
            .GetProperty("items").EnumerateArray();
        Assert.Equal("<key n='0' />",
            Assert.Single(items, i => i.GetProperty("friendlyName").GetString() == name).GetProperty("xml").GetString());
        foreach (var wrong in new[] { "", "wrong", ApiServer.ServiceKey + "x" })
        {
            var response = await servers.Administrator.SendAsync(
                HttpMethod.Get, "/internal/data-protection-keys", null, "", new() { ["X-Service-Key"] = wrong });
            await response.MustBeProblemAsync(401);
        }
    }
}
