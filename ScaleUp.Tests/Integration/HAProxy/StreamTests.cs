using System.Net.Sockets;
using System.Text;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;
using ScaleUp.Web.Operations;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Event streams, and the statistics for other tiers.</summary>
[Integration]
public sealed class StreamTests(StreamTests.Fixture fixture) : IClassFixture<StreamTests.Fixture>
{
    private const string Key = "a-key-for-tests";
    private static readonly string s_path = HAProxyConfiguration.StatisticsPath + ";csv";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private HAProxyCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task Streams_do_not_use_the_connections_of_other_requests_and_end_when_their_server_is_silent()
    {
        await Cluster.RestoreAsync();
        Cluster.Origin("web-1").Behaviour = request => request.Path == "/operations/events"
            ? Task.FromResult<byte[]?>([.. "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n"u8])
            : RawOrigin.Answer(request);

        // The server accepts one other request at a time.
        var streams = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => OpenStreamAsync()));
        Assert.All(streams, stream => Assert.StartsWith("HTTP/1.1 200", stream.Start));
        var response = await RawClient.SendAsync(Cluster.Public(), "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n");
        Assert.True(response.Status == 200, await Cluster.DescribeAsync());

        foreach (var (client, _) in streams)
        {
            Assert.Equal(0, await client.GetStream().ReadAtLeastAsync(new byte[16], 16, throwOnEndOfStream: false, Cancellation).AsTask()
                .WaitAsync(Eventually.Limit, Cancellation));
            client.Dispose();
        }
    }

    [Fact]
    public async Task Another_tier_can_read_the_statistics_with_the_key()
    {
        var response = await GetAsync(Cluster.Internal(), Key);

        Assert.Equal((200, "lb-1"), (response.Status, response.ServedBy));
        var lines = LoadBalancerStatistics.Parse(response.Body);
        Assert.Equal(["api-1", "api-2"], lines.Where(line => line is { Proxy: "api", IsServer: true, State: ServerState.Up }
            && line.Text("addr").Length > 0).Select(line => line.Name).Take(2));
        Assert.Contains(lines, line => line is { Proxy: "public-front", Name: "FRONTEND" } && line.Number("req_tot") is not null);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("a-key-for-test")]
    [InlineData("a-key-for-tests2")]
    public async Task Without_the_key_the_statistics_are_not_found(string? key)
    {
        var response = await GetAsync(Cluster.Internal(), key);

        Assert.Equal(404, response.Status);
        Assert.DoesNotContain("pxname", response.Body);
    }

    [Fact]
    public async Task On_the_public_frontend_the_path_leads_to_a_web_server_even_with_the_key()
    {
        await Cluster.RestoreAsync();

        var response = await GetAsync(Cluster.Public(), Key);

        Assert.Equal((200, "web-1"), (response.Status, response.Body));
        Assert.Equal(s_path, Assert.Single(Cluster.Requests).Path);
    }

    [Fact]
    public async Task The_statistics_page_accepts_no_commands()
    {
        const string Form = "s=api-1&action=drain&b=api";

        await RawClient.SendAsync(Cluster.Internal(),
            $"POST {HAProxyConfiguration.StatisticsPath} HTTP/1.1\r\nHost: a.example\r\n" +
            $"{HAProxyConfiguration.StatisticsKeyHeader}: {Key}\r\nContent-Type: application/x-www-form-urlencoded\r\n" +
            $"Content-Length: {Form.Length}\r\n\r\n{Form}");

        Assert.Equal("UP", (await Cluster["lb-1"].StatisticsAsync())!.Server("api", "api-1")!.Status);
    }

    private static async Task<(int Status, string ServedBy, string Body)> GetAsync(int port, string? key)
    {
        using var http = new HttpClient();
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}{s_path}");
        if (key is not null)
        {
            request.Headers.Add(HAProxyConfiguration.StatisticsKeyHeader, key);
        }

        using var response = await http.SendAsync(request, Cancellation);
        return ((int)response.StatusCode, string.Join(", ", response.Headers.GetValues("X-Served-By")),
            await response.Content.ReadAsStringAsync(Cancellation));
    }

    private async Task<(TcpClient Client, string Start)> OpenStreamAsync()
    {
        var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Cluster.Public(), Cancellation);
        await client.GetStream().WriteAsync("GET /operations/events HTTP/1.1\r\nHost: a.example\r\n\r\n"u8.ToArray(), Cancellation);
        var (start, buffer) = ("", new byte[4096]);
        while (!start.Contains("data: 1\n\n", StringComparison.Ordinal) && await client.GetStream().ReadAsync(buffer, Cancellation).AsTask()
            .WaitAsync(Eventually.Limit, Cancellation) is > 0 and var count)
        {
            start += Encoding.Latin1.GetString(buffer, 0, count);
        }

        return (client, start);
    }

    public sealed class Fixture : HAProxyFixture
    {
        internal override Task<HAProxyCluster> StartAsync()
        {
            var settings = new HAProxySettings
            {
                MaxConnectionsPerServer = 1,
                QueueTimeout = TimeSpan.FromMilliseconds(500),
                StreamTimeout = TimeSpan.FromSeconds(3)
            };
            settings.StreamPaths.Add("/operations/events");
            return HAProxyCluster.StartAsync(HAProxyCluster.TwoTiers(settings, servers: 1), null,
                $"{HAProxyConfiguration.StatisticsKeyVariable}={Key}");
        }
    }
}
