using System.Globalization;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Website;

/// <summary>Web and API servers refuse malformed requests themselves, without logging an error.</summary>
[Collection(nameof(WebServers))]
public sealed class RefusedRequestTests(WebServers servers)
{
    private const string Article = "/articles/one-host-is-not-enough";
    private const string Form = "Content-Type: application/x-www-form-urlencoded\r\n";

    /// <summary>The request's head, its body and the expected status.</summary>
    public static TheoryData<string, string, int> Requests => new()
    {
        { "GET / HTTP/1.1\r\nHost: localhost:99999\r\n", "", 400 },
        { "GET /feed HTTP/1.1\r\nHost: localhost:99999\r\n", "", 400 },
        { "GET /feed HTTP/1.1\r\nHost: a..b\r\n", "", 400 },
        { "GET /feed HTTP/1.1\r\nHost: [::::]\r\n", "", 400 },
        { $"GET /feed HTTP/1.1\r\nHost: {new string('a', 300)}\r\n", "", 400 },
        { "GET /feed HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-Host: a..b\r\n", "", 400 },
        { "GET http://user@localhost/ HTTP/1.1\r\nHost: localhost\r\n", "", 400 },
        { "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" + Form, "100000003\r\nabc\r\n0\r\n\r\n", 400 },
        { "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n" + Form, "zz\r\nabc\r\n0\r\n\r\n", 400 },
        {
            "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded; charset=utf-7\r\n",
            "UserName=a", 415
        },
        { "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json; charset=\"utf-7\"\r\n", "{}", 415 },
        { "POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data\r\n", "--x", 415 },
        { $"GET {Article} HTTP/1.1\r\nHost: localhost\r\n{Form}", "Slug=state-has-one-home", 400 },
        { $"HEAD {Article} HTTP/1.1\r\nHost: localhost\r\n{Form}", "Slug=state-has-one-home", 400 },
        { $"DELETE {Article} HTTP/1.1\r\nHost: localhost\r\n{Form}", "Slug=state-has-one-home", 400 },
        { $"OPTIONS {Article} HTTP/1.1\r\nHost: localhost\r\n{Form}", "Slug=state-has-one-home", 400 },
        {
            $"GET {Article} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n{Form}",
            "17\r\nSlug=state-has-one-home\r\n0\r\n\r\n", 400
        },
        { "PUT / HTTP/1.1\r\nHost: localhost\r\n", "", 405 },
        { "DELETE / HTTP/1.1\r\nHost: localhost\r\n", "", 405 },
        { "POST / HTTP/1.1\r\nHost: localhost\r\n" + Form, "a=b", 405 },
        { $"PATCH {Article} HTTP/1.1\r\nHost: localhost\r\n", "", 405 },
        { $"OPTIONS {Article} HTTP/1.1\r\nHost: localhost\r\n", "", 405 },
        { "PUT /feed HTTP/1.1\r\nHost: localhost\r\n", "", 405 },
        { "PUT /favicon.svg HTTP/1.1\r\nHost: localhost\r\n", "", 405 },
        { "PUT /error HTTP/1.1\r\nHost: localhost\r\n", "", 404 },
        { "POST /error HTTP/1.1\r\nHost: localhost\r\n" + Form, "a=b", 404 },
        { $"GET {Article}?handler=Nothing HTTP/1.1\r\nHost: localhost\r\n", "", 200 },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Malformed_requests_get_an_error_page_with_status_and_explanation(string head, string body, int status)
    {
        var answer = await SendAsync(servers.A.Address, head, body);

        Assert.True(answer.Status == status, answer.Text);
        if (status >= 400 && !head.StartsWith("HEAD", StringComparison.Ordinal))
        {
            Assert.Contains($"<p class=\"meta\">{status}</p>", answer.Text);
            Assert.DoesNotContain("<h1></h1>", answer.Text);
        }
    }

    [Theory]
    [InlineData("PUT / HTTP/1.1", "GET, HEAD")]
    [InlineData("PUT /sign-in HTTP/1.1", "GET, HEAD, POST")]
    public async Task A_page_lists_its_methods_in_the_Allow_header(string line, string allowed) =>
        Assert.Equal(allowed, (await SendAsync(servers.A.Address, $"{line}\r\nHost: localhost\r\n", "")).Header("Allow"));

    [Theory]
    [InlineData("GET /articles HTTP/1.1\r\nHost: a..b\r\n", "", 400)]
    [InlineData("GET /articles HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n", "{\"limit\":1}", 400)]
    [InlineData("DELETE /articles/x HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nIdempotency-Key: a\r\n", "{}", 400)]
    [InlineData("POST /sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json; charset=utf-7\r\nIdempotency-Key: a\r\n",
        "{}", 415)]
    [InlineData("POST /sessions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\nIdempotency-Key: a\r\n",
        "100000003\r\nabc\r\n", 400)]
    public async Task An_API_server_refuses_malformed_requests_too(string head, string body, int status)
    {
        var answer = await SendAsync(servers.Api, head, body);

        Assert.True(answer.Status == status, answer.Text);
    }

    [Fact]
    public async Task A_request_cannot_poison_the_cached_page_of_an_article()
    {
        foreach (var body in new[] { "Slug=state-has-one-home", "slug=state-has-one-home&comments=x" })
        {
            await SendAsync(servers.A.Address, $"GET {Article} HTTP/1.1\r\nHost: {servers.A.Address.Authority}\r\n{Form}", body);

            using var visitor = servers.NewVisitor();
            Assert.Equal("One host is not enough", (await visitor.GetAsync(Article)).Heading);
        }
    }

    [Theory]
    [InlineData("form.%0d%0aX-Evil: 1")]
    [InlineData("%c3%a9")]
    public async Task An_idempotency_key_that_is_not_a_valid_header_value_is_refused_with_a_clear_error(string key)
    {
        using var visitor = servers.NewVisitor();
        var form = (await visitor.GetAsync("/sign-in")).Form()
            .With(("UserName", "nobody"), ("Password", "nothing at all"), ("Idempotency-Key", Uri.UnescapeDataString(key)));

        var page = await visitor.SendAsync(form);

        Assert.Equal(400, (int)page.Status);
        Assert.Contains("This form has expired", page.Notice);
    }

    [Fact]
    public async Task Forms_other_than_articles_have_a_small_size_limit()
    {
        var answer = await SendAsync(
            servers.A.Address, $"POST /sign-in HTTP/1.1\r\nHost: localhost\r\n{Form}", $"UserName={new string('x', 70_000)}");

        Assert.Equal(413, answer.Status);
    }

    private static Task<RawResponse> SendAsync(Uri server, string head, string body)
    {
        var length = body.Length == 0 || head.Contains("chunked", StringComparison.Ordinal) ? ""
            : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        return RawClient.SendAsync(server.Port, $"{head}{length}Connection: close\r\n\r\n{body}");
    }
}
