using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>The error pages of the load balancers.</summary>
[Integration]
public sealed class ErrorPageTests(ErrorPageTests.Fixture fixture) : IClassFixture<ErrorPageTests.Fixture>
{
    private const string Page =
        "<!DOCTYPE html>\n<style>p { color: red }</style>\n<p class=\"a\">100 % of it, #1 \\ {x} ${HOME}:</p>\n{message}\n<p>End</p>\n";
    private const string Begin =
        "<!DOCTYPE html> <style>p { color: red }</style> <p class=\"a\">100 % of it, #1 \\ {x} ${HOME}:</p> <h1>";
    // printf 'p { color: red }' | openssl dgst -sha256 -binary | base64
    private const string Style = "style-src 'sha256-ngewhhP73WDIbgwseeu52VAAJgKdGUsu1IUQQsAm8m4='";

    /// <summary>A status, a request that gets it, and a part of the advice on the page.</summary>
    public static TheoryData<int, string, string> Errors => new()
    {
        { 400, "GET /x HTTP/1.1\r\nHost: a..b\r\n\r\n", "go back and try again" },
        { 404, "GET /health HTTP/1.1\r\nHost: a.example\r\n\r\n", "mistyped" },
        { 405, "TRACE /x HTTP/1.1\r\nHost: a.example\r\n\r\n", "Go back and try again" },
        { 408, "POST /x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 9\r\n\r\nabc", "send it again" },
        { 408, $"POST /x HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\n\r\n2328\r\n{HostileRequests.LargeBody}\r\n", "send it again" },
        { 413, $"POST /x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 900000\r\n\r\n{HostileRequests.LargeBody}", "shorten" },
        { 414, $"GET /{new string('p', 9000)} HTTP/1.1\r\nHost: a.example\r\n\r\n", "shorter address" },
        { 421, "GET /x HTTP/1.1\r\nHost: b.example\r\n\r\n", "Check the address" },
        { 429, "GET /limited HTTP/1.1\r\nHost: a.example\r\n\r\n", "Wait a minute" },
        { 431, $"GET /x HTTP/1.1\r\nHost: a.example\r\nCookie: {new string('c', 9000)}\r\n\r\n", "Delete the cookies" },
        { 504, "GET /hang HTTP/1.1\r\nHost: a.example\r\n\r\n", "send it again in a few seconds" },
    };

    private HAProxyCluster Cluster => fixture.Cluster;

    [Theory]
    [MemberData(nameof(Errors))]
    public async Task A_rejected_visitor_gets_the_sites_error_page_with_advice(int status, string request, string advice)
    {
        foreach (var origin in Cluster.Origins)
        {
            origin.Behaviour = request => request.Path == "/hang" ? RawOrigin.Hang(request) : RawOrigin.Answer(request);
        }

        if (status == 429)
        {
            await RawClient.SendAsync(Cluster.Public(), request);
        }

        var response = await RawClient.SendAsync(Cluster.Public(), request);

        Assert.True(response.Status == status, response.Text);
        Assert.StartsWith(Begin, response.Body);
        Assert.EndsWith("<p>End</p>", response.Body);
        Assert.Contains(advice, response.Body);
        Assert.Equal(
            ("text/html; charset=utf-8", "nosniff"), (response.Header("Content-Type"), response.Header("X-Content-Type-Options")));
        Assert.Contains("default-src 'none'", response.Header("Content-Security-Policy"));
        Assert.Contains(Style, response.Header("Content-Security-Policy"));
    }

    [Fact]
    public async Task Without_a_server_visitors_get_the_page_and_internal_clients_get_plain_text()
    {
        foreach (var origin in Cluster.Origins)
        {
            origin.State = OriginState.Refusing;
        }

        try
        {
            var publicResponse = await SendUntilUnavailableAsync(Cluster.Public());
            var internalResponse = await SendUntilUnavailableAsync(Cluster.Internal());

            Assert.StartsWith(Begin, publicResponse.Body);
            Assert.DoesNotContain("<", internalResponse.Body);
            Assert.All(new[] { publicResponse, internalResponse }, response => Assert.Equal(
                ("2", "nosniff"), (response.Header("Retry-After"), response.Header("X-Content-Type-Options"))));
        }
        finally
        {
            await Cluster.RestoreAsync();
        }
    }

    private static async Task<RawResponse> SendUntilUnavailableAsync(int port)
    {
        RawResponse? response = null;
        await Eventually.TrueAsync(
            async () => (response = await RawClient.SendAsync(port, "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n")).Status == 503,
            () => Task.FromResult($"The last response was {response?.Text}."));
        return response!;
    }

    public sealed class Fixture : HAProxyFixture
    {
        internal override Task<HAProxyCluster> StartAsync()
        {
            var settings = new HAProxySettings
            {
                ErrorPage = Page,
                FailOpen = false,
                Retries = 0,
                MaxFormSize = 64 * 1024,
                SmallBodyTimeout = TimeSpan.FromSeconds(1),
                LargeBodyTimeout = TimeSpan.FromSeconds(1),
            };
            settings.Hosts.Add("a.example");
            settings.Limits.Add(new("few", 1, TimeSpan.FromMinutes(1), Path: "/limited"));
            return HAProxyCluster.StartAsync(HAProxyCluster.TwoTiers(settings));
        }
    }
}
