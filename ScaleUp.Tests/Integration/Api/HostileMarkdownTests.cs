using System.Diagnostics;
using System.Net;
using AngleSharp.Html.Parser;
using ScaleUp.Api.Text;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Api;

/// <summary>Markdown crafted to attack its readers or the server that renders it.</summary>
[Collection(nameof(ApiServers))]
public sealed class HostileMarkdownTests(ApiServers servers, ITestOutputHelper output)
{
    // Maximum rendering time relative to harmless text of the same length; the worst known input takes 16 times as long.
    private const int MaxWork = 50;

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("[x](javascript:alert(1))")]
    [InlineData("[x](JaVaScRiPt&colon;alert(1))")]
    [InlineData("[x](java\u0001script:alert(1))")]
    [InlineData("![x](data:text/html;base64,PHNjcmlwdD4=)")]
    [InlineData("[x](vbscript:x \"title\\\" onmouseover=alert(1) \")")]
    [InlineData("<javascript:alert(1)>")]
    [InlineData("[x]: javascript:alert(1)\n\n[x]")]
    [InlineData("```html\" onclick=\"alert(1)\n</code></pre><script>\n```")]
    [InlineData("<style>*{display:none}</style><iframe src=//evil><form action=//evil><input>")]
    [InlineData("<svg><a xlink:href=\"javascript:alert(1)\">x</a></svg><math><mtext></form>")]
    public async Task Rendered_markdown_contains_no_active_content(string markdown)
    {
        var author = await servers.NewUserAsync();
        var slug = await author.WriteAsync(markdown: markdown);
        await author.PostAsync($"/articles/{slug}/comments", new { markdown }).MustBeAsync(201);

        var article = (await servers.B.ReadAsync($"/articles/{slug}")).GetProperty("html").GetString()!;
        var comment = (await servers.B.ReadAsync($"/articles/{slug}/comments")).GetProperty("items")[0].GetProperty("html").GetString()!;

        foreach (var element in new HtmlParser().ParseDocument(article + comment).Body!.QuerySelectorAll("*"))
        {
            Assert.DoesNotContain(element.LocalName, new[] { "script", "style", "iframe", "form", "input", "svg", "math", "object" });
            Assert.All(element.Attributes, attribute =>
            {
                Assert.Contains(attribute.Name, new[] { "href", "src", "title", "alt", "class", "id", "rel", "start" });
                Assert.DoesNotMatch("(?i)^\\W*(javascript|vbscript|data)", attribute.Name is "href" or "src" ? attribute.Value : "");
            });
        }
    }

    [Theory]
    [InlineData(">", 5_000)]
    [InlineData("[", 50_000)]
    [InlineData("*a **b ", 10_000)]
    [InlineData("- ", 40_000)]
    [InlineData("![a](", 15_000)]
    [InlineData("|", 90_000)]
    [InlineData("a\n", 45_000)]
    [InlineData("`a``", 20_000)]
    public async Task Pathological_markdown_is_rendered_or_refused_within_a_bounded_time(string piece, int times)
    {
        var author = await servers.NewUserAsync();
        var text = string.Concat(Enumerable.Repeat(piece, times));
        var harmless = string.Concat(Enumerable.Repeat("Words, and more words.\n\n", (text.Length / 24) + 1))[..text.Length];

        var (usual, hard) = (await ShortestAsync(author, harmless), await ShortestAsync(author, text));

        output.WriteLine($"{hard.TotalMilliseconds:0} ms; harmless text of the same length {usual.TotalMilliseconds:0} ms");
        Assert.True(hard < MaxWork * usual, $"Rendering took {hard}; harmless text of the same length took {usual}.");
    }

    [Fact]
    public async Task A_comment_that_would_render_to_megabytes_is_refused_with_a_clear_error()
    {
        var author = await servers.NewUserAsync();
        var slug = await author.WriteAsync();
        var table = $"{new string('|', 1000)}\n{string.Concat(Enumerable.Repeat("-|", 500))}\n" +
            string.Concat(Enumerable.Repeat("|\n", 900));

        foreach (var sending in new[]
        {
            author.PostAsync($"/articles/{slug}/comments", new { markdown = table }),
            author.PostAsync("/articles", new { title = "Table", summary = "", markdown = table, tags = Array.Empty<string>() }),
            author.PutAsync($"/articles/{slug}", new { title = "Table", summary = "", markdown = table, tags = Array.Empty<string>() },
                version: 2),
            author.PostAsync("/articles/preview", new { markdown = table }, key: ""),
        })
        {
            var problem = await (await sending).MustBeProblemAsync(400);
            Assert.Contains("too many cells", problem.GetProperty("errors").GetProperty("markdown")[0].GetString());
        }
    }

    [Fact]
    public async Task Hostile_text_stored_earlier_is_shown_as_plain_text()
    {
        var author = await servers.NewUserAsync();
        var slug = await author.WriteAsync();
        await author.PostAsync($"/articles/{slug}/comments", new { markdown = "x" }).MustBeAsync(201);
        var id = $"(SELECT id FROM articles WHERE slug = '{slug}')";
        const string Hostile = "'[a]: /' || repeat('<&', 1000) || E'\n\n' || repeat('[a]', 600)";
        await servers.Postgres.ExecuteAsync(
            $"UPDATE articles SET body = {Hostile} WHERE id = {id}; UPDATE comments SET body = {Hostile} WHERE article_id = {id}");

        for (var i = 0; i < 2; i++)
        {
            var html = (await servers.A.ReadAsync($"/articles/{slug}")).GetProperty("html").GetString()!;
            Assert.StartsWith("<pre>[a]: /&lt;&amp;", html);
            Assert.Equal(html, (await servers.A.ReadAsync($"/articles/{slug}/comments")).GetProperty("items")[0].GetProperty("html")
                .GetString());
            await servers.Service<StoredHtmlRefresher>().RefreshAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task Text_is_rendered_when_written_and_again_only_for_a_newer_renderer_version()
    {
        var author = await servers.NewUserAsync();
        var slug = await author.WriteAsync(markdown: "Some *text*.");
        await author.PostAsync($"/articles/{slug}/comments", new { markdown = "*x*" }).MustBeAsync(201);
        var article = $"articles WHERE slug = '{slug}'";
        Assert.Equal("<p>Some <em>text</em>.</p>\n", await servers.Postgres.ExecuteAsync($"SELECT html FROM {article}"));

        await servers.Postgres.ExecuteAsync($"UPDATE articles SET html = 'as stored' WHERE slug = '{slug}'");
        Assert.Equal("as stored", await HtmlAsync());
        await servers.Postgres.ExecuteAsync(
            $"UPDATE articles SET renderer_version = 0 WHERE slug = '{slug}'; UPDATE comments SET html = '', renderer_version = 0");
        Assert.Equal("<p>Some <em>text</em>.</p>\n", await HtmlAsync());

        // A concurrent run on another server may render them instead.
        await Eventually.TrueAsync(async () =>
        {
            await servers.Service<StoredHtmlRefresher>().RefreshAsync(TestContext.Current.CancellationToken);
            return 0L.Equals(await servers.Postgres.ExecuteAsync(
                $"SELECT (SELECT count(*) FROM {article} AND renderer_version < {MarkdownRenderer.Version}) + " +
                $"(SELECT count(*) FROM comments WHERE renderer_version < {MarkdownRenderer.Version})"));
        }, () => Task.FromResult("Some texts are not refreshed."));

        Assert.Equal("<p>Some <em>text</em>.</p>\n", await servers.Postgres.ExecuteAsync($"SELECT html FROM {article}"));
        Assert.Equal(0L, await servers.Postgres.ExecuteAsync(
            $"SELECT count(*) FROM comments WHERE renderer_version < {MarkdownRenderer.Version}"));
        Assert.Equal("<p><em>x</em></p>\n", await servers.Postgres.ExecuteAsync(
                    $"SELECT c.html FROM comments c JOIN articles a ON a.id = c.article_id WHERE slug = '{slug}'"));

        async Task<string?> HtmlAsync() => (await servers.A.ReadAsync($"/articles/{slug}")).GetProperty("html").GetString();
    }

    // The minimum of several runs, because other load on the machine can only lengthen a run.
    private static async Task<TimeSpan> ShortestAsync(ApiClient author, string markdown)
    {
        var shortest = TimeSpan.MaxValue;
        for (var i = 0; i < 8; i++)
        {
            var start = Stopwatch.GetTimestamp();
            using var response = await author.PostAsync("/articles/preview", new { markdown }, key: "");
            shortest = Stopwatch.GetElapsedTime(start) is var time && time < shortest ? time : shortest;
            Assert.Contains(response.StatusCode, new[] { HttpStatusCode.OK, HttpStatusCode.BadRequest });
        }

        return shortest;
    }
}
