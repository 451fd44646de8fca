using System.Net;
using System.Text.Json;

namespace ScaleUp.Tests.Api;

/// <summary>The life cycle of articles and comments.</summary>
[Collection(nameof(ApiServers))]
public sealed class WritingTests(ApiServers servers)
{
    [Fact]
    public async Task An_article_goes_from_draft_to_published_to_withdrawn_to_deleted()
    {
        var author = await servers.NewUserAsync();
        string[] tags = ["C#", "c#", " Retries "];
        var created = await author.PostAsync(
            "/articles", new { title = "  Über *uns* & mehr!  ", summary = "S", markdown = "Hello **world**", tags }).MustBeAsync(201);
        var draft = await created.JsonAsync();
        var slug = draft.GetProperty("slug").GetString();
        Assert.Equal("uber-uns-mehr", slug);
        Assert.Equal($"/articles/{slug}", created.Headers.Location?.ToString());
        Assert.Equal("\"1\"", created.Headers.ETag?.Tag);
        Assert.Equal("draft", draft.GetProperty("status").GetString());
        Assert.Equal(JsonValueKind.Null, draft.GetProperty("publishedAt").ValueKind);
        Assert.Equal(["c#", "retries"], draft.GetProperty("tags").EnumerateArray().Select(t => t.GetString()));
        Assert.Equal("<p>Hello <strong>world</strong></p>", draft.GetProperty("html").GetString()!.Trim());

        var published = await (await author.PostAsync($"/articles/{slug}/publish", version: 1).MustBeAsync(200)).JsonAsync();
        Assert.Equal(2, published.GetProperty("version").GetInt32());
        var changed = await (await author.PutAsync(
            $"/articles/{slug}", new { title = "Other", summary = "S", markdown = "New", tags = Array.Empty<string>() }, version: 2)
            .MustBeAsync(200)).JsonAsync();
        Assert.Equal(published.GetProperty("publishedAt").GetDateTimeOffset(), changed.GetProperty("publishedAt").GetDateTimeOffset());
        Assert.Equal("Other", (await servers.B.ReadAsync($"/articles/{slug}")).GetProperty("title").GetString());

        await author.PostAsync($"/articles/{slug}/withdraw", version: 3).MustBeAsync(200);
        await (await servers.B.GetAsync($"/articles/{slug}")).MustBeProblemAsync(404);
        Assert.Equal("withdrawn", (await author.ReadAsync($"/articles/{slug}")).GetProperty("status").GetString());
        await author.DeleteAsync($"/articles/{slug}", version: 4).MustBeAsync(204);
        await (await author.GetAsync($"/articles/{slug}")).MustBeProblemAsync(404);
    }

    [Fact]
    public async Task An_edit_of_an_old_version_overwrites_nothing_and_returns_the_current_version()
    {
        var author = await servers.NewUserAsync();
        var slug = await author.WriteAsync();
        object Draft(string markdown) => new { title = "T", summary = "", markdown, tags = Array.Empty<string>() };

        var edits = await Task.WhenAll(Enumerable.Range(0, 6)
            .Select(i => (i % 2 == 0 ? author : author.At(servers.B)).PutAsync($"/articles/{slug}", Draft($"Edit {i}"), version: 2)));

        var winner = Assert.Single(edits, e => e.StatusCode == HttpStatusCode.OK);
        foreach (var loser in edits.Where(e => e != winner))
        {
            Assert.Equal(3, (await loser.MustBeProblemAsync(412)).GetProperty("version").GetInt32());
        }

        Assert.Equal((await winner.JsonAsync()).GetProperty("markdown").GetString(),
            (await servers.A.ReadAsync($"/articles/{slug}")).GetProperty("markdown").GetString());
        await (await author.PutAsync($"/articles/{slug}", Draft("No version"))).MustBeProblemAsync(428);
        await (await author.DeleteAsync($"/articles/{slug}", version: 2)).MustBeProblemAsync(412);
        await (await author.PostAsync($"/articles/{slug}/withdraw", version: 1)).MustBeProblemAsync(412);
    }

    [Fact]
    public async Task A_title_whose_slug_is_taken_is_refused()
    {
        var author = await servers.NewUserAsync();
        var slug = await author.WriteAsync(publish: false);
        var problem = await (await (await servers.NewUserAsync())
            .PostAsync("/articles", new { title = slug.Replace('-', ' '), summary = "", markdown = "x", tags = Array.Empty<string>() }))
            .MustBeProblemAsync(409);

        Assert.True(problem.GetProperty("errors").TryGetProperty("title", out _));
        Assert.StartsWith("article-", await author.WriteAsync(publish: false, title: "木漏れ日"), StringComparison.Ordinal);
        Assert.StartsWith("article-", await author.WriteAsync(publish: false, title: "New"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("हिन्दी", "हिन्दी")]
    [InlineData("Cafe\u0301", "caf\u00E9")]
    [InlineData("CAF\u00C9", "caf\u00E9")]
    [InlineData("ภาษาไทย", "ภาษาไทย")]
    [InlineData("\u1112\u1161\u11AB\u1100\u1173\u11AF", "한글")]
    public async Task A_tag_in_any_script_and_spelling_is_accepted_and_normalized(string typed, string tag)
    {
        var author = await servers.NewUserAsync();
        var slug = await author.WriteAsync(tags: [typed, tag, typed.ToLowerInvariant()]);

        Assert.Equal([tag], (await servers.B.ReadAsync($"/articles/{slug}")).GetProperty("tags").EnumerateArray()
            .Select(t => t.GetString()));
        foreach (var asked in new[] { typed, tag })
        {
            var found = (await servers.B.ReadAsync($"/articles?tag={Uri.EscapeDataString(asked)}")).GetProperty("items").EnumerateArray();
            Assert.Contains(slug, found.Select(a => a.GetProperty("slug").GetString()));
        }
    }

    [Theory]
    [InlineData("\u0301")]
    [InlineData("a\u200Bb")]
    [InlineData("a\u202Eb")]
    [InlineData("<b>")]
    [InlineData("a😀")]
    public async Task A_tag_with_invalid_characters_is_refused(string tag)
    {
        var author = await servers.NewUserAsync();
        await (await author.PostAsync("/articles", new { title = "t", summary = "", markdown = "m", tags = new[] { tag } }))
            .MustBeProblemAsync(400);
    }

    [Fact]
    public async Task Errors_in_an_article_are_reported_for_each_field()
    {
        var author = await servers.NewUserAsync();
        var problem = await (await author.PostAsync(
            "/articles", new { title = " ", summary = new string('s', 501), markdown = new string('m', 100_001), tags = new[] { "<b>" } }))
            .MustBeProblemAsync(400);

        Assert.Equal(["markdown", "summary", "tags", "title"], problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).Order());
        await (await author.PostAsync(
            "/articles", new { title = "t", summary = "", markdown = "m", tags = Enumerable.Range(0, 9).Select(i => $"t{i}") }))
            .MustBeProblemAsync(400);
        await (await author.PostAsync("/articles", new { title = "t", summary = "", markdown = "m", tags = new string?[] { null } }))
            .MustBeProblemAsync(400);
        await (await author.PostAsync($"/articles/{await author.WriteAsync(publish: false)}/withdraw", version: 1)).MustBeProblemAsync(409);
    }

    [Fact]
    public async Task An_authors_own_articles_of_every_status_are_listed_in_pages()
    {
        var author = await servers.NewUserAsync();
        List<string> written = [await author.WriteAsync(), await author.WriteAsync(publish: false), await author.WriteAsync()];

        var first = await author.ReadAsync("/me/articles?limit=2");
        var second = await author.ReadAsync($"/me/articles?limit=2&cursor={first.GetProperty("next").GetString()}");

        var listed = first.GetProperty("items").EnumerateArray().Concat(second.GetProperty("items").EnumerateArray()).ToList();
        Assert.Equal(Enumerable.Reverse(written), listed.Select(a => a.GetProperty("slug").GetString()));
        Assert.Equal(["published", "draft", "published"], listed.Select(a => a.GetProperty("status").GetString()));
        Assert.Null(second.GetProperty("next").GetString());
    }

    [Fact]
    public async Task A_preview_needs_no_idempotency_key_and_stores_nothing()
    {
        var author = await servers.NewUserAsync();
        var response = await author.PostAsync("/articles/preview", new { markdown = "# Hi\n\n<script>alert(1)</script>" }, key: "")
            .MustBeAsync(200);

        var html = (await response.JsonAsync()).GetProperty("html").GetString();
        Assert.Contains("<h1 id=\"part_hi\">Hi</h1>", html);
        Assert.DoesNotContain("<script", html);
        Assert.Equal(0, (await author.ReadAsync("/me/articles")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Comments_are_listed_oldest_first_counted_and_can_be_deleted()
    {
        var author = await servers.NewUserAsync();
        var slug = await author.WriteAsync();
        var reader = await servers.NewUserAsync();
        var ids = new List<string?>();
        foreach (var text in new[] { "first", "*second*", "third" })
        {
            ids.Add((await (await reader.PostAsync($"/articles/{slug}/comments", new { markdown = text }).MustBeAsync(201)).JsonAsync())
                .GetProperty("id").GetString());
        }

        var page = await servers.B.ReadAsync($"/articles/{slug}/comments?limit=2");
        var rest = await servers.B.ReadAsync($"/articles/{slug}/comments?limit=2&cursor={page.GetProperty("next").GetString()}");
        Assert.Equal(ids, page.GetProperty("items").EnumerateArray().Concat(rest.GetProperty("items").EnumerateArray())
            .Select(c => c.GetProperty("id").GetString()));
        Assert.Equal("<p><em>second</em></p>", page.GetProperty("items")[1].GetProperty("html").GetString()!.Trim());
        Assert.Equal(3, await CountAsync());

        await reader.DeleteAsync($"/comments/{ids[0]}").MustBeAsync(204);
        await servers.Administrator.DeleteAsync($"/comments/{ids[1]}").MustBeAsync(204);
        await servers.Administrator.PutAsync($"/comments/{ids[2]}/hidden", new { reason = "Rude." }).MustBeAsync(204);

        Assert.Equal(0, await CountAsync());
        Assert.Equal(0, (await author.ReadAsync($"/articles/{slug}/comments")).GetProperty("items").GetArrayLength());
        Assert.True((await reader.ReadAsync($"/articles/{slug}/comments")).GetProperty("items")[0].GetProperty("isHidden").GetBoolean());
        Assert.Equal(1, (await servers.Administrator.ReadAsync($"/articles/{slug}/comments")).GetProperty("items").GetArrayLength());
        await servers.Administrator.DeleteAsync($"/comments/{ids[2]}/hidden").MustBeAsync(204);
        Assert.Equal(1, await CountAsync());

        async Task<int> CountAsync() => (await servers.A.ReadAsync($"/articles?author={author.UserName}")).GetProperty("items")[0]
            .GetProperty("commentCount").GetInt32();
    }
}
