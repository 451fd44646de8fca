using System.Net;
using System.Net.Http.Headers;
using System.Text;

namespace ScaleUp.Tests.Website;

/// <summary>Malformed and malicious input gets a clear error page and changes no data.</summary>
[Collection(nameof(WebServers))]
public sealed class HostileInputTests(WebServers servers)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("<script>alert(1)</script>")]
    [InlineData("<img src=x onerror=alert(1)>")]
    [InlineData("[click](javascript:alert(1))")]
    [InlineData("![x](data:text/html,<script>alert(1)</script>)")]
    [InlineData("<svg/onload=alert(1)>")]
    [InlineData("</textarea><script>alert(1)</script>")]
    public async Task Scripts_in_texts_are_encoded_on_every_page(string markdown)
    {
        using var user = await servers.NewUserAsync();
        var title = $"{markdown} {Guid.NewGuid():n}";
        var address = await user.PublishAsync(title, markdown);
        await user.FillInAsync(address, "Comment", ("Markdown", markdown));
        await user.FillInAsync("/account", "Name", ("DisplayName", markdown));

        string[] pages =
        [
            address, $"{address}/edit", "/", "/writing", $"/authors/{user.Name}", "/account", $"/search?q={Uri.EscapeDataString(title)}",
        ];
        foreach (var page in pages)
        {
            var document = (await user.GetAsync(page)).Document;
            Assert.Equal(["/js/site"], document.Scripts.Select(s => s.GetAttribute("src")?.Split('.')[0]));
            Assert.DoesNotContain(document.All, e => e.Attributes.Any(a => a.Name.StartsWith("on", StringComparison.Ordinal)
                || a.Value.StartsWith("javascript:", StringComparison.OrdinalIgnoreCase)
                || a.Value.StartsWith("data:", StringComparison.OrdinalIgnoreCase)));
        }
    }

    [Theory]
    [InlineData("'; DROP TABLE articles; --")]
    [InlineData("' OR '1'='1")]
    [InlineData("a & ! | <-> :*")]
    [InlineData("\\")]
    [InlineData("\"unclosed")]
    public async Task Sql_in_a_search_is_not_executed(string words)
    {
        using var visitor = servers.NewVisitor();

        var page = await visitor.GetAsync($"/search?q={Uri.EscapeDataString(words)}");

        Assert.Equal(HttpStatusCode.OK, page.Status);
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync("/articles/state-has-one-home")).Status);
    }

    [Theory]
    [InlineData("/search?q=%00", 400)]
    [InlineData("/search?q=%ff%fe", 400)]
    [InlineData("/articles/%ff", 400)]
    [InlineData("/articles/..%2f..%2fetc%2fpasswd", 404)]
    [InlineData("/articles/..%5c..%5c", 404)]
    [InlineData("/authors/..%2fsessions", 404)]
    [InlineData("/tags/%3Cscript%3E", 404)]
    [InlineData("/?after=%F0%9F%A6%86", 404)]
    [InlineData("/error", 404)]
    public async Task A_manipulated_address_gets_an_error_page_in_the_layout_of_the_site(string address, int status)
    {
        using var visitor = servers.NewVisitor();

        var page = await visitor.GetAsync(address);

        Assert.Equal(status, (int)page.Status);
        Assert.NotNull(page.Document.QuerySelector("header.masthead"));
        Assert.NotEmpty(page.Heading);
    }

    [Fact]
    public async Task An_overlong_search_is_refused_with_a_clear_error()
    {
        using var visitor = servers.NewVisitor();

        var page = await visitor.GetAsync($"/search?q={new string('x', 201)}");

        Assert.Equal(HttpStatusCode.BadRequest, page.Status);
        Assert.Contains("at most 200 characters", page.Notice);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_body_of_ten_megabytes_is_refused_with_413_instead_of_a_reset(bool saysItsLength)
    {
        using var user = await servers.NewUserAsync();
        var form = (await user.GetAsync("/articles/new")).Form().With(("Title", "Large"));
        var text = new FormUrlEncodedContent(form.Fields);
        var body = Encoding.ASCII.GetBytes(await text.ReadAsStringAsync(Cancellation) + "&Markdown=" + new string('x', 10_000_000));
        using HttpContent content = saysItsLength ? new ByteArrayContent(body) : new StreamContent(new MemoryStream(body));
        content.Headers.ContentType = text.Headers.ContentType;
        using var request = new HttpRequestMessage(HttpMethod.Post, "/articles/new") { Content = content };
        request.Headers.TransferEncodingChunked = !saysItsLength;

        using var response = await user.Http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, response.StatusCode);
        Assert.Contains("too large", await response.Content.ReadAsStringAsync(Cancellation));
        Assert.Contains("You have not written anything yet.", (await user.GetAsync("/writing")).Html);
    }

    [Theory]
    [InlineData("Title=%ff&Markdown=x")]
    [InlineData("Title=\u00ff&Markdown=x")]
    [InlineData("Title=a%00b&Markdown=x")]
    [InlineData("Title=%c0%af&Markdown=x")]
    [InlineData("Title=%ed%a0%80&Markdown=x")]
    public async Task Bytes_that_are_not_valid_text_are_refused(string fields)
    {
        using var user = await servers.NewUserAsync();
        var form = (await user.GetAsync("/articles/new")).Form();
        var hidden = $"Idempotency-Key={form.Key}" +
            $"&__RequestVerificationToken={Uri.EscapeDataString(form.Fields["__RequestVerificationToken"])}";
        using var content = new StringContent($"{hidden}&{fields}", Encoding.Latin1, "application/x-www-form-urlencoded");
        // With a charset of Latin-1, the request would be refused for that reason alone.
        content.Headers.ContentType!.CharSet = null;

        using var response = await user.Http.PostAsync("/articles/new", content, Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("You have not written anything yet.", (await user.GetAsync("/writing")).Html);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/json")]
    [InlineData("multipart/form-data; boundary=x")]
    public async Task A_body_that_is_not_a_form_is_refused(string type)
    {
        using var user = await servers.NewUserAsync();
        var token = (await user.GetAsync("/articles/new")).Form().Fields["__RequestVerificationToken"];
        using var request = new HttpRequestMessage(HttpMethod.Post, "/articles/new") { Content = new StringContent("--x--") };
        request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        request.Headers.Add("RequestVerificationToken", token);

        using var response = await user.Http.SendAsync(request, Cancellation);

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, response.StatusCode);
    }
}
