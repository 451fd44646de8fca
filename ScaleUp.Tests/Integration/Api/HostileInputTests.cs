using System.Net.Http.Headers;
using System.Text;

namespace ScaleUp.Tests.Api;

/// <summary>Malformed and malicious input gets a clear response and changes no data.</summary>
[Collection(nameof(ApiServers))]
public sealed class HostileInputTests(ApiServers servers)
{
    [Theory]
    [InlineData("'; DROP TABLE articles; --")]
    [InlineData("\" OR 1=1 --")]
    [InlineData("a & b | !c <-> (d) :* \\")]
    [InlineData("'''\"\"\"((((")]
    [InlineData("$$; SELECT pg_sleep(10); $$")]
    [InlineData("%25%27")]
    public async Task Search_terms_are_never_executed_as_SQL(string words)
    {
        var before = await servers.Postgres.ExecuteAsync("SELECT count(*) FROM articles");
        await servers.A.ReadAsync($"/search?q={Uri.EscapeDataString(words)}");
        await servers.A.ReadAsync($"/articles?tag={Uri.EscapeDataString(words)}&author={Uri.EscapeDataString(words)}");

        Assert.Equal(before, await servers.Postgres.ExecuteAsync("SELECT count(*) FROM articles"));
    }

    [Theory]
    [InlineData("/articles/..%2F..%2Fhealth", 404)]
    [InlineData("/articles/%2e%2e%2fsessions", 404)]
    [InlineData("/articles/a%2Fb", 404)]
    [InlineData("/articles/%5C..%5Cwindows", 404)]
    [InlineData("/articles/%FF%FE", 400)]
    [InlineData("/articles/a'%20OR%20'1'='1", 404)]
    [InlineData("/articles/state-has-one-home%20", 404)]
    [InlineData("/articles/STATE-HAS-ONE-HOME", 404)]
    [InlineData("/users/..%2Fme", 404)]
    [InlineData("/search?q=a%00b", 400)]
    [InlineData("/search?q=%C3%28", 400)]
    [InlineData("/search?q=%20", 400)]
    [InlineData("/search", 400)]
    [InlineData("/search?q=a&limit=0", 400)]
    [InlineData("/search?q=a&cursor=AAAA", 400)]
    [InlineData("/articles?tag=%00", 400)]
    [InlineData("/articles?cursor=%00", 400)]
    [InlineData("/articles/state-has-one-home/comments?cursor=x", 400)]
    public async Task A_manipulated_address_exposes_nothing(string address, int status)
    {
        await (await servers.A.GetAsync(address)).MustBeProblemAsync(status);
    }

    [Theory]
    [InlineData("/articles/a%00b")]
    [InlineData("/users/ada%00")]
    public async Task Kestrel_refuses_a_path_with_a_NUL(string address)
    {
        await servers.A.GetAsync(address).MustBeAsync(400);
    }

    [Fact]
    public async Task Slugs_and_searches_of_any_length_get_a_response()
    {
        await (await servers.A.GetAsync($"/articles/{new string('a', 5000)}")).MustBeProblemAsync(404);
        await (await servers.A.GetAsync($"/search?q={new string('a', 201)}")).MustBeProblemAsync(400);
        await (await servers.A.GetAsync($"/users/{new string('a', 5000)}")).MustBeProblemAsync(404);
    }

    [Theory]
    [InlineData("{\"title\":\"a\\u0000b\",\"summary\":\"\",\"markdown\":\"x\",\"tags\":[]}", 400)]
    [InlineData("{\"title\":\"a\",\"summary\":\"\",\"markdown\":\"x\\u0000\",\"tags\":[]}", 400)]
    [InlineData("{\"title\":\"a\",\"summary\":\"\",\"markdown\":\"x\",\"tags\":[\"\\u0000\"]}", 400)]
    [InlineData("{\"title\":\"\\ud800\",\"summary\":\"\",\"markdown\":\"x\",\"tags\":[]}", 400)]
    [InlineData("{\"title\":1,\"summary\":\"\",\"markdown\":\"x\",\"tags\":[]}", 400)]
    [InlineData("{\"title\":\"a\",\"summary\":null,\"markdown\":null,\"tags\":null}", 400)]
    [InlineData("{\"title\":\"a\",\"tags\":[[[[[]]]]]}", 400)]
    [InlineData("{", 400)]
    [InlineData("null", 400)]
    [InlineData("", 400)]
    [InlineData("[]", 400)]
    public async Task A_body_that_is_not_a_valid_article_is_refused_and_creates_nothing(string json, int status)
    {
        var author = await servers.NewUserAsync();
        await (await author.PostAsync("/articles", new StringContent(json, Encoding.UTF8, "application/json"))).MustBeProblemAsync(status);

        Assert.Equal(0, (await author.ReadAsync("/me/articles")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task Invalid_text_oversized_bodies_and_other_formats_are_refused()
    {
        var author = await servers.NewUserAsync();
        var bytes = Encoding.Latin1.GetBytes("{\"title\":\"\u00ff\u00fe\",\"summary\":\"\",\"markdown\":\"x\",\"tags\":[]}");
        await (await author.PostAsync("/articles", Json(bytes))).MustBeProblemAsync(400);
        await (await author.PostAsync("/articles", new StringContent("title=a", Encoding.UTF8, "application/x-www-form-urlencoded")))
            .MustBeProblemAsync(415);

        var huge = Json(new byte[10_000_000]);
        await (await author.PostAsync("/articles", huge)).MustBeProblemAsync(413);

        Assert.Equal(0, (await author.ReadAsync("/me/articles")).GetProperty("items").GetArrayLength());
    }

    [Fact]
    public async Task An_article_of_maximum_length_is_accepted_however_its_characters_are_encoded()
    {
        var author = await servers.NewUserAsync();
        // Each of these characters may be encoded as an escape sequence of six bytes.
        var slug = await author.WriteAsync(markdown: string.Concat(Enumerable.Repeat("木漏れ日 ", 20_000)));

        Assert.Equal(100_000, (await servers.B.ReadAsync($"/articles/{slug}")).GetProperty("markdown").GetString()!.Length);
    }

    private static ByteArrayContent Json(byte[] bytes) =>
        new(bytes) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
}
