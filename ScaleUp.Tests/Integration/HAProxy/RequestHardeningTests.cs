using System.Net;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>The load balancers reject or normalize hostile requests, and pass good ones to the servers.</summary>
[Integration]
public sealed class RequestHardeningTests(RequestHardeningTests.Fixture fixture) : IClassFixture<RequestHardeningTests.Fixture>
{
    private const string Chunks = "3\r\nabc\r\n0\r\n\r\n";

    private const string WebSocket =
        "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

    /// <summary>The names of the hostile requests.</summary>
    public static TheoryData<string> Hostile => [.. HostileRequests.All.Keys];

    private HAProxyCluster Cluster => fixture.Cluster;

    [Theory]
    [MemberData(nameof(Hostile))]
    public async Task A_hostile_request_is_rejected_and_no_part_of_it_reaches_a_server(string name)
    {
        var request = HostileRequests.All[name];
        Cluster.Origin("web-1").Clear();

        var response = await RawClient.SendAsync(Cluster.Public(), request.Bytes);
        // When this second request has arrived, no part of the first is still in flight.
        var next = await RawClient.SendAsync(Cluster.Public(), Get("/next"));

        Assert.True(request.Statuses.Contains(response.Status), $"'{response.Text}'. {await Cluster.DescribeAsync()}");
        Assert.Equal(200, next.Status);
        Assert.True(Cluster.Requests.Select(r => r.Path).SequenceEqual(["/next"]), await Cluster.DescribeAsync());
        Assert.Empty(Cluster.Origin("web-1").Fragments);
    }

    [Theory]
    [InlineData("GET /a/%C3%A9/b%2Fc?q=%0A&x=100% HTTP/1.1", "Accept: */*\r\nX-Foo: a b\tc \u00c3\u00a9\r\nCookie: a=b; c_d=e\r\n", "")]
    [InlineData("POST /x HTTP/1.1", "Content-Length: 3\r\n", "abc")]
    [InlineData("POST /x HTTP/1.1", "Transfer-Encoding: chunked\r\n", Chunks)]
    [InlineData("POST /x HTTP/1.1", "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 3\r\n", "a=b")]
    [InlineData("OPTIONS * HTTP/1.1", "", "")]
    [InlineData("GET /x HTTP/1.0", "", "")]
    [InlineData("GET /x HTTP/1.1", "Content-Length: 0\r\n", "")]
    [InlineData("DELETE /x HTTP/1.1", "", "")]
    public async Task A_good_request_reaches_a_server_unchanged(string line, string headers, string body)
    {
        var arrived = await SendAsync($"{line}\r\nHost: a.example\r\n{headers}\r\n{body}");

        Assert.Equal(line, arrived.Line);
        Assert.Equal("a.example", Assert.Single(arrived.Header("Host")));
        Assert.All(
            headers.Split("\r\n", StringSplitOptions.RemoveEmptyEntries),
            header => Assert.Contains($"\r\n{header}\r\n", arrived.Text, StringComparison.OrdinalIgnoreCase));
        Assert.Equal(body, arrived.Body);
    }

    [Theory]
    [InlineData("localhost")]
    [InlineData("localhost:65535")]
    [InlineData("127.0.0.1:8080")]
    [InlineData("[::1]:8080")]
    [InlineData("[::ffff:192.0.2.1]")]
    [InlineData("my_host.example.")]
    [InlineData("a.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")]
    public async Task Any_valid_host_name_is_accepted(string host)
    {
        Cluster.Origin("web-1").Clear();

        var response = await RawClient.SendAsync(Cluster.Public(), $"GET /x HTTP/1.1\r\nHost: {host}\r\n\r\n");

        Assert.Equal(200, response.Status);
        Assert.Equal(host, Assert.Single(Assert.Single(Cluster.Requests).Header("Host")));
    }

    [Theory]
    [InlineData("GET", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n", "")]
    [InlineData(
        "POST",
        "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\nContent-Length: 3\r\n",
        "abc")]
    [InlineData("GET", "Connection: Upgrade\r\nUpgrade: h2c, IRC/6.9\r\n", "")]
    [InlineData("GET", "Connection: Upgrade\r\nUpgrade: TLS/1.0\r\n", "")]
    [InlineData("GET", "HTTP2-Settings: AAMAAABkAAQAAP__\r\n", "")]
    public async Task A_client_that_offers_a_protocol_upgrade_gets_its_response_by_HTTP_1_1(string method, string headers, string body)
    {
        // Java's HttpClient and curl --http2 offer HTTP/2 with each request.
        var arrived = await SendAsync($"{method} /x HTTP/1.1\r\nHost: a.example\r\n{headers}\r\n{body}");

        Assert.Equal($"{method} /x HTTP/1.1", arrived.Line);
        Assert.Empty(arrived.Header("Upgrade"));
        Assert.Empty(arrived.Header("HTTP2-Settings"));
        Assert.DoesNotContain(arrived.Header("Connection"), value => value.Contains("upgrade", StringComparison.OrdinalIgnoreCase));
        Assert.Equal(body, arrived.Body);
    }

    [Fact]
    public async Task A_path_of_8_KB_and_a_header_of_8_KB_reach_a_server()
    {
        var (path, value) = ("/" + new string('p', 8000), new string('a', 8000));

        var arrived = await SendAsync($"GET {path} HTTP/1.1\r\nHost: a.example\r\nX-A: {value}\r\n\r\n");

        Assert.Equal((path, value), (arrived.Path, Assert.Single(arrived.Header("X-A"))));
    }

    [Fact]
    public async Task A_WebSocket_carries_bytes_in_both_directions()
    {
        Cluster.Origin("web-1").Clear();
        Cluster.Origin("web-1").Behaviour = RawOrigin.Upgrade;
        try
        {
            using var client = await RawClient.ConnectAsync(Cluster.Public());

            var response = await client.SendAsync(
                $"GET /x HTTP/1.1\r\nHost: a.example\r\nConnection: keep-alive, Upgrade\r\n{WebSocket}\r\n");
            await client.WriteAsync("\0\u00ff any bytes \r\n\r\n");

            Assert.Equal(101, response.Status);
            Assert.Equal("\0\u00ff any bytes \r\n\r\n", await client.ReadAsync(17));
            Assert.Equal("websocket", Assert.Single(Assert.Single(Cluster.Requests).Header("Upgrade")));
        }
        finally
        {
            Cluster.Origin("web-1").Behaviour = RawOrigin.Answer;
        }
    }

    [Fact]
    public async Task Only_the_load_balancer_sets_forwarded_headers()
    {
        var arrived = await SendAsync(
            "GET /x HTTP/1.1\r\nHost: a.example\r\nX-FORWARDED-FOR: 6.6.6.6\r\nx-forwarded-for: 7.7.7.7\r\nX-Forwarded-Proto: https\r\n"
            + "X-Forwarded-Host: evil\r\nX-Forwarded-Server: evil\r\nX-Forwarded-Prefix: /evil\r\nForwarded: for=6.6.6.6;host=evil\r\n"
            + "X-Real-IP: 6.6.6.6\r\nX-Client-IP: 6.6.6.6\r\nTrue-Client-IP: 6.6.6.6\r\nX-Served-By: evil\r\nX-Original-URL: /evil\r\n"
            + "X-Rewrite-URL: /evil\r\nProxy: http://evil\r\n\r\n");

        Assert.True(IPAddress.TryParse(Assert.Single(arrived.Header("X-Forwarded-For")), out _), arrived.Text);
        Assert.Equal("http", Assert.Single(arrived.Header("X-Forwarded-Proto")));
        Assert.Equal("a.example", Assert.Single(arrived.Header("X-Forwarded-Host")));
        Assert.Equal("lb-1", Assert.Single(arrived.Header("X-Forwarded-Server")));
        Assert.DoesNotContain("evil", arrived.Text);
        Assert.DoesNotContain("6.6.6.6", arrived.Text);
        Assert.DoesNotContain("7.7.7.7", arrived.Text);
    }

    [Theory]
    [InlineData("Connection: X-Forwarded-For, X-Forwarded-Proto, close\r\n")]
    [InlineData($"Connection: x-forwarded-for\r\nConnection: Upgrade\r\n{WebSocket}")]
    public async Task The_Connection_header_cannot_make_the_next_hop_drop_headers(string headers)
    {
        var arrived = await SendAsync($"GET /x HTTP/1.1\r\nHost: a.example\r\n{headers}X-Forwarded-For: 6.6.6.6\r\n\r\n");

        Assert.NotEqual("6.6.6.6", Assert.Single(arrived.Header("X-Forwarded-For")));
        Assert.DoesNotContain(arrived.Header("Connection"), value => value.Contains("forwarded", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task A_request_smuggled_behind_an_ambiguous_body_length_reaches_no_server()
    {
        Cluster.Origin("web-1").Clear();
        using var client = await RawClient.ConnectAsync(Cluster.Public());

        var response = await client.SendAsync(
            "POST /x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n"
            + $"{Chunks}GET /smuggled HTTP/1.1\r\nHost: a.example\r\n\r\n");
        var rest = await client.ReadToEndAsync();
        await RawClient.SendAsync(Cluster.Public(), Get("/next"));

        Assert.Equal((200, ""), (response.Status, rest));
        Assert.True(Cluster.Requests.Select(r => r.Path).SequenceEqual(["/x", "/next"]), await Cluster.DescribeAsync());
        var arrived = Cluster.Requests.First();
        Assert.Empty(arrived.Header("Content-Length"));
        Assert.Equal("chunked", Assert.Single(arrived.Header("Transfer-Encoding")));
        Assert.Equal(Chunks, arrived.Body);
    }

    [Theory]
    [InlineData("Content-Length: 3\r\nContent-Length: 3\r\n")]
    [InlineData("Content-Length: 3, 3\r\n")]
    public async Task A_duplicate_Content_Length_is_passed_on_once(string headers)
    {
        var arrived = await SendAsync($"POST /x HTTP/1.1\r\nHost: a.example\r\n{headers}\r\nabc");

        Assert.Equal(("3", "abc"), (Assert.Single(arrived.Header("Content-Length")), arrived.Body));
    }

    [Theory]
    [InlineData("GET /x HTTP/1.1\nHost: a.example\nX-A: a\n\n", "a")]
    [InlineData("GET /x HTTP/1.1\r\nHost: a.example\r\nX-A: a\r\n X-Forwarded-For: 6.6.6.6\r\n\r\n", "a   X-Forwarded-For: 6.6.6.6")]
    public async Task Bare_LF_and_folded_lines_are_normalized(string request, string value)
    {
        var arrived = await SendAsync(request);

        Assert.Equal(value, Assert.Single(arrived.Header("X-A")));
        Assert.NotEqual("6.6.6.6", Assert.Single(arrived.Header("X-Forwarded-For")));
        Assert.DoesNotContain('\n', arrived.Text.Replace("\r\n", "", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_connection_without_a_request_is_closed_without_a_response()
    {
        using var client = await RawClient.ConnectAsync(Cluster.Public());

        Assert.Equal("", await client.ReadToEndAsync());
    }

    [Fact]
    public async Task Trailers_do_not_reach_a_server()
    {
        Assert.SkipUnless(fixture.Version >= new Version(3, 4), $"HAProxy {fixture.Version} does not remove trailers.");

        var arrived = await SendAsync(
            "POST /x HTTP/1.1\r\nHost: a.example\r\nTransfer-Encoding: chunked\r\nTrailer: X-Forwarded-For\r\n\r\n"
            + "3\r\nabc\r\n0\r\nX-Forwarded-For: 6.6.6.6\r\n\r\n");

        Assert.Equal(Chunks, arrived.Body);
    }

    private async Task<RawRequest> SendAsync(string request)
    {
        Cluster.Origin("web-1").Clear();
        var response = await RawClient.SendAsync(Cluster.Public(), request);
        Assert.True(response.Status == 200 && Cluster.Requests.Count() == 1, $"'{response.Text}'. {await Cluster.DescribeAsync()}");
        return Cluster.Requests.Single();
    }

    private static string Get(string path) => $"GET {path} HTTP/1.1\r\nHost: a.example\r\n\r\n";

    public sealed class Fixture : HAProxyFixture
    {
        internal Version Version { get; private set; } = null!;

        internal override async Task<HAProxyCluster> StartAsync()
        {
            Version = await HAProxyCheck.VersionAsync();
            var settings = new HAProxySettings { RequestTimeout = TimeSpan.FromSeconds(1) };
            return await HAProxyCluster.StartAsync(HAProxyCluster.Model(settings, servers: 1));
        }
    }
}
