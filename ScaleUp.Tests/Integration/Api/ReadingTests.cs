using System.Net;

namespace ScaleUp.Tests.Api;

/// <summary>Public, read-only endpoints of the API.</summary>
[Collection(nameof(ApiServers))]
public sealed class ReadingTests(ApiServers servers)
{
    [Fact]
    public async Task Two_servers_that_start_together_create_the_seed_of_twelve_articles_once()
    {
        var items = new List<(string Author, int Tags)>();
        foreach (var author in new[] { "ada.brandt", "Jonas.Keller", "mira.okafor" })
        {
            var page = await servers.B.ReadAsync($"/articles?author={author}&limit=100");
            items.AddRange(page.GetProperty("items").EnumerateArray().Select(a =>
                (a.GetProperty("author").GetProperty("displayName").GetString()!, a.GetProperty("tags").GetArrayLength())));
        }

        Assert.Equal(12, items.Count);
        Assert.Equal(["Ada Brandt", "Jonas Keller", "Mira Okafor"], items.Select(i => i.Author).Distinct());
        Assert.All(items, item => Assert.True(item.Tags > 0));
    }

    [Theory]
    [InlineData("cursor")]
    [InlineData("after")]
    public async Task Articles_are_listed_in_pages_newest_first_without_gaps_or_duplicates(string parameter)
    {
        var slugs = new List<string>();
        var dates = new List<DateTimeOffset>();
        for (string? address = "/articles?author=ada.brandt&limit=2"; address is not null;)
        {
            var page = await servers.A.ReadAsync(address);
            slugs.AddRange(page.GetProperty("items").EnumerateArray().Select(a => a.GetProperty("slug").GetString()!));
            dates.AddRange(page.GetProperty("items").EnumerateArray().Select(a => a.GetProperty("publishedAt").GetDateTimeOffset()));
            address = page.GetProperty("next").GetString() is { } next ? $"/articles?author=ada.brandt&limit=2&{parameter}={next}" : null;
        }

        Assert.Distinct(slugs);
        Assert.Equal(4, slugs.Count);
        Assert.Equal(dates.OrderDescending(), dates);
    }

    [Fact]
    public async Task An_article_has_markdown_and_html_and_an_unchanged_one_is_answered_with_304()
    {
        var response = await servers.A.GetAsync("/articles/state-has-one-home");
        var article = await response.JsonAsync();
        Assert.Contains("## One place that counts", article.GetProperty("markdown").GetString());
        Assert.Contains("<h2 id=\"part_one-place-that-counts\">One place that counts</h2>", article.GetProperty("html").GetString());
        Assert.Equal("published", article.GetProperty("status").GetString());
        Assert.Equal($"\"{article.GetProperty("version").GetInt32()}\"", response.Headers.ETag?.Tag);

        var again = await servers.B.GetAsync("/articles/state-has-one-home", response.Headers.ETag!.Tag);

        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Equal(response.Headers.ETag, again.Headers.ETag);
        Assert.Empty(await again.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(HttpStatusCode.OK, (await servers.B.GetAsync("/articles/state-has-one-home", "\"999\"")).StatusCode);
    }

    [Fact]
    public async Task Tags_are_counted_and_lead_to_their_articles()
    {
        var tags = (await servers.A.ReadAsync("/tags")).GetProperty("items").EnumerateArray()
            .ToDictionary(t => t.GetProperty("name").GetString()!, t => t.GetProperty("count").GetInt32());

        Assert.Equal(3, tags["idempotency"] + tags["tracing"]);
        var found = (await servers.A.ReadAsync("/articles?tag=Idempotency")).GetProperty("items");
        Assert.Equal(2, found.GetArrayLength());
    }

    [Fact]
    public async Task A_profile_contains_the_number_of_public_articles()
    {
        var user = await servers.NewUserAsync();
        await user.WriteAsync();
        await user.WriteAsync(publish: false);

        var profile = await servers.B.ReadAsync($"/users/{user.UserName.ToUpperInvariant()}");

        Assert.Equal(1, profile.GetProperty("articleCount").GetInt32());
        Assert.Equal(user.UserName, profile.GetProperty("userName").GetString());
        Assert.False(profile.TryGetProperty("id", out _));
    }

    [Theory]
    [InlineData("/articles")]
    [InlineData("/search?q=server")]
    [InlineData("/articles/state-has-one-home/comments")]
    public async Task A_longer_page_needs_no_more_database_commands(string address)
    {
        var separator = address.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        var before = servers.ServerA.Commands.Count;
        await servers.A.ReadAsync($"{address}{separator}limit=1");
        var one = servers.ServerA.Commands.Count - before;

        await servers.A.ReadAsync($"{address}{separator}limit=100");

        Assert.Equal(one, servers.ServerA.Commands.Count - before - one);
        Assert.InRange(one, 1, 2);
    }

    [Fact]
    public async Task The_api_describes_itself_with_an_example_for_every_request()
    {
        var document = await servers.A.ReadAsync("/openapi/v1.json");

        var schemas = document.GetProperty("components").GetProperty("schemas");
        foreach (var name in new[] { "Registration", "SignIn", "ArticleDraft", "CommentDraft", "PasswordChange", "ModerationRequest" })
        {
            Assert.All(schemas.GetProperty(name).GetProperty("properties").EnumerateObject(),
                property => Assert.True(property.Value.TryGetProperty("example", out _) || property.Value.TryGetProperty("examples", out _),
                    $"{name}.{property.Name} has no example."));
        }

        var publish = document.GetProperty("paths").GetProperty("/articles/{slug}/publish").GetProperty("post").ToString();
        Assert.Contains("Idempotency-Key", publish);
        Assert.Contains("If-Match", publish);
        Assert.Equal(HttpStatusCode.OK, (await servers.A.GetAsync("/scalar/v1")).StatusCode);
    }
}
