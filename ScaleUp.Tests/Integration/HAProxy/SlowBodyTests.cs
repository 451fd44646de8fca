using System.Diagnostics;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Slow request bodies, from a bad network or a slow-body attack, don't block other clients.</summary>
[Integration]
public sealed class SlowBodyTests(SlowBodyTests.Fixture fixture) : IClassFixture<SlowBodyTests.Fixture>
{
    private const int Attackers = 40;

    private HAProxyCluster Cluster => fixture.Cluster;

    [Theory]
    [InlineData("Content-Length: 60000\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n")]
    [InlineData("Content-Length: 20000\r\nContent-Type: application/x-www-form-urlencoded\r\n")]
    [InlineData("Content-Length: 20000\r\nIdempotency-Key: a\r\n")]
    public async Task Slow_bodies_block_no_other_request(string headers)
    {
        await Cluster.RestoreAsync();
        var attackers = new List<RawClient>();
        try
        {
            for (var i = 0; i < Attackers; i++)
            {
                attackers.Add(await RawClient.ConnectAsync(Cluster.Public()));
                await attackers[i].WriteAsync($"POST /slow HTTP/1.1\r\nHost: a.example\r\n{headers}\r\n2\r\nab\r\n");
            }

            // Each server accepts one request at a time.
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal(200, (await GetAsync($"/{i}")).Status);
                await Task.WhenAll(attackers.Select(attacker => attacker.WriteAsync("2\r\nab\r\n")));
            }

            // The path filters out fragments from other tests.
            Assert.All(Cluster.Origins, origin => Assert.DoesNotContain(
                origin.Fragments, fragment => fragment.StartsWith("POST /slow", StringComparison.Ordinal)));
            Assert.DoesNotContain(Cluster.Requests, request => request.Path == "/slow");
        }
        finally
        {
            attackers.ForEach(attacker => attacker.Dispose());
        }
    }

    [Fact]
    public async Task Large_bodies_that_slow_down_block_no_other_request()
    {
        await Cluster.RestoreAsync();
        var attackers = new List<RawClient>();
        try
        {
            for (var i = 0; i < Attackers; i++)
            {
                attackers.Add(await RawClient.ConnectAsync(Cluster.Public()));
                await attackers[i].WriteAsync(
                    $"POST /articles/new HTTP/1.1\r\nHost: a.example\r\nContent-Length: 900000\r\n\r\n{new string('x', 40_000)}");
            }

            await Eventually.TrueAsync(() => Cluster.Origins.Any(origin => origin.Fragments.Count > 0), Cluster.DescribeAsync);
            for (var i = 0; i < 10; i++)
            {
                Assert.Equal(200, (await GetAsync($"/{i}")).Status);
            }
        }
        finally
        {
            attackers.ForEach(attacker => attacker.Dispose());
        }
    }

    [Theory]
    [InlineData("POST /articles/new", "Content-Length: 900000\r\n", "")]
    [InlineData("POST /tags", "Content-Length: 900000\r\n", "")] // Exceeds MaxFormSize.
    [InlineData("POST /x", "Transfer-Encoding: chunked\r\n", "dbba0\r\n")]
    [InlineData("GET /x", "Content-Length: 900000\r\n", "")]
    [InlineData("DELETE /x", "Content-Length: 900000\r\nExpect: 100-continue\r\n", "")]
    public async Task The_connection_of_a_large_body_that_trickles_in_is_closed(string line, string headers, string bodyStart)
    {
        Assert.True(new HAProxySettings().LargeBodyTimeout < TimeSpan.FromSeconds(10));
        await Cluster.RestoreAsync();
        var attackers = new List<RawClient>();
        try
        {
            for (var i = 0; i < Attackers; i++)
            {
                attackers.Add(await RawClient.ConnectAsync(Cluster.Public()));
                await attackers[i].WriteAsync($"{line} HTTP/1.1\r\nHost: a.example\r\n{headers}\r\n{bodyStart}");
            }

            // 300 bytes a second, so the whole body would take 50 minutes. Reading fails the test if the connection lasts a minute.
            var ends = Task.WhenAll(attackers.Select(attacker => attacker.ReadToEndAsync()));
            while (!ends.IsCompleted)
            {
                await Task.WhenAll(attackers.Select(attacker => attacker.WriteAsync(new string('x', 30))));
                Assert.Equal(200, (await RawClient.SendAsync(Cluster.Public(), "GET /page HTTP/1.1\r\nHost: a.example\r\n\r\n")).Status);
                await Task.WhenAny(ends, Task.Delay(100, TestContext.Current.CancellationToken));
            }

            Assert.All(await ends, response => Assert.Equal("", response));
            Assert.DoesNotContain(Cluster.Requests, request => request.Path != "/page");
        }
        finally
        {
            attackers.ForEach(attacker => attacker.Dispose());
        }
    }

    [Fact]
    public async Task A_form_over_a_slow_network_reaches_a_server()
    {
        await Cluster.RestoreAsync();
        using var visitor = await RawClient.ConnectAsync(Cluster.Public());
        await visitor.WriteAsync(
            "POST /form HTTP/1.1\r\nHost: a.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            + "Content-Length: 20000\r\n\r\n");
        // 20 kB at 3 kB/s.
        var chunks = Enumerable.Repeat(new string('a', 300), 66).ToArray();
        foreach (var chunk in chunks)
        {
            await visitor.WriteAsync(chunk);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        var response = await visitor.SendAsync(new string('a', 20_000 - (300 * chunks.Length)));

        Assert.Equal(200, response.Status);
        Assert.Equal(20_000, Assert.Single(Cluster.Requests).Body.Length);
    }

    [Theory]
    [InlineData("POST", "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n\r\n")]
    [InlineData("POST", "Content-Length: 0\r\n", "")]
    [InlineData("POST", "", "")]
    [InlineData("DELETE", "", "")]
    [InlineData("OPTIONS", "", "")]
    public async Task A_complete_request_is_forwarded_without_waiting(string method, string headers, string body)
    {
        await Cluster.RestoreAsync();

        var response = await RawClient.SendAsync(Cluster.Public(), $"{method} /whole HTTP/1.1\r\nHost: a.example\r\n{headers}\r\n{body}");

        Assert.Equal(200, response.Status);
        Assert.Single(Cluster.Requests);
    }

    [Fact]
    public async Task A_slow_large_body_gets_408_and_reaches_no_server()
    {
        await Cluster.RestoreAsync();
        using var attacker = await RawClient.ConnectAsync(Cluster.Public());
        // Fast enough at first, then too slow.
        await attacker.WriteAsync(
            $"POST /articles/new HTTP/1.1\r\nHost: a.example\r\nContent-Length: 900000\r\n\r\n{new string('x', 9000)}");

        // The client continues to send until it gets a response.
        var response = attacker.SendAsync("abc");
        while (!response.IsCompleted)
        {
            await attacker.WriteAsync("abc");
            await Task.WhenAny(response, Task.Delay(100, TestContext.Current.CancellationToken));
        }

        Assert.Equal(408, (await response).Status);
        Assert.Empty(Cluster.Requests);
    }

    [Fact]
    public async Task A_form_that_pauses_for_longer_than_the_request_timeouts_reaches_a_server()
    {
        await Cluster.RestoreAsync();
        using var visitor = await RawClient.ConnectAsync(Cluster.Public());
        var (first, second) = (new string('a', 10_000), new string('b', 10_000));
        await visitor.WriteAsync(
            "POST /form HTTP/1.1\r\nHost: a.example\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            + $"Content-Length: {first.Length + second.Length}\r\n\r\n{first}");
        var pause = Stopwatch.StartNew();
        while (pause.Elapsed <= Fixture.Settings.RequestTimeout + Fixture.Settings.LargeBodyTimeout)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        var response = await visitor.SendAsync(second);

        Assert.Equal(200, response.Status);
        Assert.Equal(first + second, Assert.Single(Cluster.Requests).Body);
    }

    [Theory]
    [InlineData("/articles/new", 200)]
    [InlineData("/articles/a/edit", 200)]
    [InlineData("//articles/%61/edit/", 200)]
    [InlineData("/tags", 413)]
    [InlineData("/articles/a", 413)]
    [InlineData("/articles/a/b/edit", 413)]
    [InlineData("/articles/new/x", 413)]
    public async Task Only_article_forms_may_be_large(string path, int status)
    {
        await Cluster.RestoreAsync();

        var response = await RawClient.SendAsync(
            Cluster.Public(), $"POST {path} HTTP/1.1\r\nHost: a.example\r\nContent-Length: 90000\r\n\r\n{new string('x', 90_000)}");

        Assert.Equal(status, response.Status);
    }

    private Task<RawResponse> GetAsync(string path) =>
        RawClient.SendAsync(Cluster.Public(), $"GET {path} HTTP/1.1\r\nHost: a.example\r\n\r\n");

    public sealed class Fixture : HAProxyFixture
    {
        internal static readonly HAProxySettings Settings = CreateSettings();

        internal override Task<HAProxyCluster> StartAsync() => HAProxyCluster.StartAsync(HAProxyCluster.Model(Settings));

        private static HAProxySettings CreateSettings()
        {
            var settings = new HAProxySettings
            {
                MaxConnectionsPerServer = 1,
                RequestTimeout = TimeSpan.FromSeconds(1),
                LargeBodyTimeout = TimeSpan.FromSeconds(2),
                MaxFormSize = 64 * 1024,
            };
            settings.LargeFormPaths.Add("/articles/new");
            settings.LargeFormPaths.Add("/articles/*/edit");
            return settings;
        }
    }
}
