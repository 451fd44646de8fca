using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ScaleUp.Api.Data;
using ScaleUp.Api.Search;

namespace ScaleUp.Tests.Api;

/// <summary>Finding articles by their words.</summary>
[Collection(nameof(ApiServers))]
public sealed class SearchTests(ApiServers servers)
{
    [Fact]
    public async Task A_word_in_the_title_counts_more_than_in_the_text_and_its_forms_are_found()
    {
        var author = await servers.NewUserAsync();
        var inText = await author.WriteAsync(markdown: "There was a single plumbusing here.");
        var inTitle = await author.WriteAsync(title: $"Plumbuses {Guid.NewGuid():n}");

        var hits = (await servers.B.ReadAsync("/search?q=plumbused")).GetProperty("items").EnumerateArray().ToList();

        Assert.Equal([inTitle, inText], hits.Select(h => h.GetProperty("slug").GetString()));
        Assert.True(hits[0].GetProperty("rank").GetSingle() > hits[1].GetProperty("rank").GetSingle());
        Assert.Equal(author.UserName, hits[0].GetProperty("author").GetProperty("userName").GetString());
    }

    [Fact]
    public async Task What_was_found_is_marked_and_everything_else_encoded()
    {
        var author = await servers.NewUserAsync();
        await author.WriteAsync(markdown: "A \"flibbertigibbet\" < 3 & \uE000co\uE001 *emphasised* <script>alert(1)</script>");

        var highlight = (await servers.A.ReadAsync("/search?q=flibbertigibbet")).GetProperty("items")[0].GetProperty("highlight").GetString()!;

        Assert.Contains("<mark>flibbertigibbet</mark>&quot; &lt; 3 &amp;", highlight);
        Assert.DoesNotContain('<', highlight.Replace("<mark>", "", StringComparison.Ordinal).Replace("</mark>", "", StringComparison.Ordinal));
        Assert.Equal(1, highlight.Split("<mark>").Length - 1);
        Assert.Equal(1, highlight.Split("</mark>").Length - 1);
    }

    [Fact]
    public async Task Phrases_and_exclusions_work_and_pages_neither_overlap_nor_skip()
    {
        var author = await servers.NewUserAsync();
        for (var i = 0; i < 5; i++)
        {
            await author.WriteAsync(markdown: i == 0 ? "wibble wobble, and snozzcumber" : "wobble wibble, and snozzcumber");
        }

        Assert.Single((await servers.A.ReadAsync("/search?q=%22wibble%20wobble%22")).GetProperty("items").EnumerateArray());
        Assert.Empty((await servers.A.ReadAsync("/search?q=snozzcumber%20-wobble")).GetProperty("items").EnumerateArray());
        var slugs = new List<string>();
        for (string? address = "/search?q=snozzcumber&limit=2"; address is not null;)
        {
            var page = await servers.A.ReadAsync(address);
            slugs.AddRange(page.GetProperty("items").EnumerateArray().Select(h => h.GetProperty("slug").GetString()!));
            address = page.GetProperty("next") is { ValueKind: JsonValueKind.String } next ? $"/search?q=snozzcumber&limit=2&cursor={next.GetString()}" : null;
        }

        Assert.Equal(5, slugs.Count);
        Assert.Distinct(slugs);
    }

    [Fact]
    public async Task The_search_uses_its_index_when_there_are_many_articles()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var scope = servers.ServerA.Services.CreateAsyncScope();
        var database = scope.ServiceProvider.GetRequiredService<ScaleUpDbContext>();
        await using var transaction = await database.Database.BeginTransactionAsync(cancellation);
        await database.Database.ExecuteSqlAsync($"""
            INSERT INTO articles (id, slug, title, summary, body, plain_text, tags, author_id, status, published_at, updated_at, version)
            SELECT gen_random_uuid(), 'many-' || n, 'Title ' || n, 'Summary', 'Text', 'word' || n, ARRAY['tag' || n], (SELECT id FROM users LIMIT 1), 'Published', now() - n * interval '1 minute', now(), 1
            FROM generate_series(1, 10000) AS n;
            SELECT gin_clean_pending_list('ix_articles_search_vector');
            ANALYZE articles;
            """, cancellation);

        var plan = await ExplainAsync(SearchEndpoints.Query(database, "word77", null, 20).ToQueryString());
        Assert.True(plan.Contains("ix_articles_search_vector", StringComparison.Ordinal), plan);
        plan = await ExplainAsync("SELECT id FROM articles WHERE status = 'Published' AND hidden_at IS NULL AND (published_at, id) < (now(), '0190a000-0000-7000-8000-000000000000') ORDER BY published_at DESC, id DESC LIMIT 21");
        Assert.True(plan.Contains("ix_articles_published_at_id", StringComparison.Ordinal), plan);

        async Task<string> ExplainAsync(string sql)
        {
            // What comes before the statement are its parameters, as comments that EXPLAIN needs as values.
            var connection = database.Database.GetDbConnection();
            await using var command = connection.CreateCommand();
            command.CommandText = "EXPLAIN " + Inline(sql);
            await using var reader = await command.ExecuteReaderAsync(cancellation);
            var lines = new List<string>();
            while (await reader.ReadAsync(cancellation))
            {
                lines.Add(reader.GetString(0));
            }

            return string.Join('\n', lines);
        }
    }

    private static string Inline(string sql)
    {
        var lines = sql.Split('\n');
        var text = string.Join('\n', lines.Where(l => !l.StartsWith("--", StringComparison.Ordinal)));
        foreach (var (name, value) in lines.Where(l => l.StartsWith("-- @", StringComparison.Ordinal)).Select(l => l[3..].Split('=', 2)).Select(p => (p[0], p[1].Split('\'')[1])).OrderByDescending(p => p.Item1.Length))
        {
            text = text.Replace(name, int.TryParse(value, out _) ? value : $"'{value}'", StringComparison.Ordinal);
        }

        return text;
    }
}
