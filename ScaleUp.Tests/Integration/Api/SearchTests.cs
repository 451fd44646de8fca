using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ScaleUp.Api.Data;
using ScaleUp.Api.Search;

namespace ScaleUp.Tests.Api;

/// <summary>Full-text search of articles.</summary>
[Collection(nameof(ApiServers))]
public sealed class SearchTests(ApiServers servers)
{
    [Fact]
    public async Task A_match_in_the_title_ranks_higher_than_in_the_text_and_inflected_forms_match()
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
    public async Task Matches_are_highlighted_and_all_other_text_is_encoded()
    {
        var author = await servers.NewUserAsync();
        await author.WriteAsync(markdown: "A \"flibbertigibbet\" < 3 & \uE000co\uE001 *emphasised* <script>alert(1)</script>");

        var highlight = (await servers.A.ReadAsync("/search?q=flibbertigibbet")).GetProperty("items")[0].GetProperty("highlight")
            .GetString()!;

        Assert.Contains("<mark>flibbertigibbet</mark>&quot; &lt; 3 &amp;", highlight);
        Assert.DoesNotContain(
            '<', highlight.Replace("<mark>", "", StringComparison.Ordinal).Replace("</mark>", "", StringComparison.Ordinal));
        Assert.Equal(1, highlight.Split("<mark>").Length - 1);
        Assert.Equal(1, highlight.Split("</mark>").Length - 1);
    }

    [Fact]
    public async Task Phrases_and_exclusions_work_and_pages_have_no_gaps_or_duplicates()
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
            address = page.GetProperty("next") is { ValueKind: JsonValueKind.String } next
                ? $"/search?q=snozzcumber&limit=2&cursor={next.GetString()}" : null;
        }

        Assert.Equal(5, slugs.Count);
        Assert.Distinct(slugs);
    }

    [Theory]
    [InlineData("koln", "Ein Abend in Köln am Rhein")]
    [InlineData("Köln", "Ein Abend in Koln am Rhein")]
    [InlineData("ko\u0308ln", "Ein Abend in KÖLN am Rhein")]
    [InlineData("cafe", "Das Cafe\u0301 am Rhein")]
    [InlineData("strasse", "Eine Straße am Rhein")]
    [InlineData("検索", "日本語の検索について書きました")]
    [InlineData("の検索につ", "日本語の検索について書きました")]
    [InlineData("日本語 書き", "日本語の検索について書きました")]
    [InlineData("ガギ", "アカ\u3099キ\u3099ザ")]
    [InlineData("전문", "이것은 전문을 찾는 글입니다")]
    [InlineData("हिन्दी", "यह हिन्दी में है")]
    public async Task Words_match_without_accents_and_parts_of_phrases_match_in_scripts_without_spaces(string words, string text)
    {
        var author = await servers.NewUserAsync();
        var mark = $"m{Guid.NewGuid():n}";
        var inText = await author.WriteAsync(markdown: $"{text}. {mark}");
        var inTitle = await author.WriteAsync(title: $"{text} {mark}");

        var hits = (await servers.B.ReadAsync($"/search?limit=100&q={Uri.EscapeDataString(words)}")).GetProperty("items")
            .EnumerateArray().ToList();

        var slugs = hits.Select(h => h.GetProperty("slug").GetString()).ToList();
        Assert.True(slugs.IndexOf(inTitle) >= 0 && slugs.IndexOf(inTitle) < slugs.IndexOf(inText),
            $"{inTitle}, {inText}: {string.Join(", ", slugs)}");
        Assert.Contains("<mark>", hits[slugs.IndexOf(inText)].GetProperty("highlight").GetString());
        Assert.DoesNotContain(
            inText, (await servers.B.ReadAsync($"/search?limit=100&q={Uri.EscapeDataString($"{words} -{mark}")}")).GetProperty("items")
            .EnumerateArray().Select(h => h.GetProperty("slug").GetString()));
    }

    [Theory]
    [InlineData("検索_")]
    [InlineData("検%索")]
    [InlineData("検\\索")]
    [InlineData("検索' OR 1=1 --")]
    [InlineData("-検索")]
    [InlineData("(検索[")]
    public async Task Wildcards_in_part_of_a_phrase_match_literally(string words)
    {
        var author = await servers.NewUserAsync();
        var slug = await author.WriteAsync(markdown: "これは検索です");

        Assert.DoesNotContain(slug, (await servers.B.ReadAsync($"/search?limit=100&q={Uri.EscapeDataString(words)}")).GetProperty("items")
            .EnumerateArray().Select(h => h.GetProperty("slug").GetString()));
    }

    [Fact]
    public async Task A_search_for_many_words_in_long_articles_is_answered_or_refused_but_never_reported_as_a_database_outage()
    {
        var author = await servers.NewUserAsync();
        string[] words = [.. Enumerable.Range(0, 16).Select(n => $"costly{n}")];
        var text = string.Concat(Enumerable.Range(0, 10_000).Select(n => words[n * 7 % words.Length] + ' '))[..80_000];
        foreach (var _ in Enumerable.Range(0, 12))
        {
            await author.WriteAsync(markdown: text);
        }

        var allowed = await servers.A.GetAsync($"/search?q={string.Join("%20or%20", words)}");
        var tooMany = await servers.A.GetAsync($"/search?q={string.Join("%20or%20", Enumerable.Range(0, 28).Select(n => $"w{n}"))}");

        Assert.Contains((int)allowed.StatusCode, new[] { 200, 400 });
        Assert.Contains("at most 16 words", (await tooMany.MustBeProblemAsync(400)).GetProperty("errors").GetProperty("q")[0].GetString());
    }

    [Fact]
    public async Task A_search_that_takes_too_long_is_refused_with_a_clear_error()
    {
        var author = await servers.NewUserAsync();
        await author.WriteAsync(markdown: "About quux.");
        // An exclusive lock on the table makes all its readers wait.
        await using var connection = new Npgsql.NpgsqlConnection(servers.Postgres.ConnectionString);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using var command = new Npgsql.NpgsqlCommand("LOCK TABLE articles IN ACCESS EXCLUSIVE MODE", connection, transaction);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);

        var problem = await (await servers.A.GetAsync("/search?q=quux")).MustBeProblemAsync(400);

        Assert.Contains("took too long", problem.GetProperty("errors").GetProperty("q")[0].GetString());
    }

    [Fact]
    public async Task The_search_uses_its_index_when_there_are_many_articles()
    {
        var cancellation = TestContext.Current.CancellationToken;
        // Only the table's owner may run ANALYZE.
        await using var database = servers.Service<MigrationDatabase>().Create();
        await using var transaction = await database.Database.BeginTransactionAsync(cancellation);
        // Inserting this many rows into three indexes takes longer than the request timeout.
        database.Database.SetCommandTimeout(TimeSpan.FromMinutes(1));
        await database.Database.ExecuteSqlAsync($"""
            SET LOCAL statement_timeout = 0;
            INSERT INTO articles (id, slug, title, summary, body, plain_text, tags, author_id, status, published_at, updated_at, version)
            SELECT gen_random_uuid(), 'many-' || n, 'Title ' || n, 'Summary', 'Text', 'word' || n, ARRAY['tag' || n],
              (SELECT id FROM users LIMIT 1), 'Published', now() - n * interval '1 minute', now(), 1
            FROM generate_series(1, 10000) AS n;
            SELECT gin_clean_pending_list('ix_articles_search_vector'), gin_clean_pending_list('ix_articles_search_parts');
            ANALYZE articles;
            """, cancellation);

        var plan = await ExplainAsync(FullTextSearch.Query(database, "word77", null, 20).ToQueryString());
        Assert.True(plan.Contains("ix_articles_search_vector", StringComparison.Ordinal), plan);
        plan = await ExplainAsync(SubstringSearch.Query(database, "日本語の検索", null, 20).ToQueryString());
        Assert.True(plan.Contains("ix_articles_search_parts", StringComparison.Ordinal), plan);
        plan = await ExplainAsync(
            "SELECT id FROM articles WHERE status = 'Published' AND hidden_at IS NULL AND " +
            "(published_at, id) < (now(), '0190a000-0000-7000-8000-000000000000') ORDER BY published_at DESC, id DESC LIMIT 21");
        Assert.True(plan.Contains("ix_articles_published_at_id", StringComparison.Ordinal), plan);

        async Task<string> ExplainAsync(string sql)
        {
            // EF Core's query string starts with the parameters as comments; EXPLAIN needs their values in the statement.
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
        foreach (var (name, value) in lines.Where(l => l.StartsWith("-- @", StringComparison.Ordinal)).Select(l => l[3..].Split('=', 2))
            .Select(p => (p[0], p[1].Split('\'')[1])).OrderByDescending(p => p.Item1.Length))
        {
            text = text.Replace(name, int.TryParse(value, out _) ? value : $"'{value}'", StringComparison.Ordinal);
        }

        return text;
    }
}
