using System.Diagnostics;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>If a server fails with a request in flight, another server gets the request only if a retry is safe.</summary>
[Integration]
public sealed class RetryTests(RetryTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<RetryTests.Fixture>
{
    private const string Host = " HTTP/1.1\r\nHost: a.example\r\n";
    private const string Form = "Content-Type: application/x-www-form-urlencoded\r\n";
    private static readonly string s_body = new('b', 8000);

    // A server that answers at once is never taken for one that hangs, also on a slow machine.
    private static readonly HAProxySettings s_settings = CreateSettings();

    /// <summary>Requests that are safe to retry.</summary>
    private static readonly Dictionary<string, string> s_retryable = new()
    {
        ["GET"] = $"GET /x{Host}\r\n",
        ["HEAD"] = $"HEAD /x{Host}\r\n",
        ["OPTIONS"] = $"OPTIONS /x{Host}\r\n",
        ["POST with a key header"] = $"POST /x{Host}Idempotency-Key: a\r\nContent-Length: {s_body.Length}\r\n\r\n{s_body}",
        ["chunked POST with a key header"] =
            $"POST /x{Host}Idempotency-Key: a\r\nTransfer-Encoding: chunked\r\n\r\n{s_body.Length:x}\r\n{s_body}\r\n0\r\n\r\n",
        ["DELETE with a key header"] = $"DELETE /x{Host}Idempotency-Key: a\r\n\r\n",
        ["POST with a key field"] =
            $"POST /x{Host}{Form}Content-Length: {s_body.Length + 20}\r\n\r\nIdempotency-Key=a&b={s_body[..^1]}!",
        ["POST with a key field and a charset"] =
            $"POST /x{Host}{Form.Trim()}; charset=utf-8\r\nContent-Length: 21\r\n\r\nb=c&Idempotency-Key=a",
    };

    /// <summary>Requests that must not be retried.</summary>
    private static readonly Dictionary<string, string> s_unsafe = new()
    {
        ["POST"] = $"POST /x{Host}Content-Length: 3\r\n\r\nabc",
        ["POST with a form"] = $"POST /x{Host}{Form}Content-Length: 3\r\n\r\nb=c",
        ["POST with a field whose name ends like the key's"] = $"POST /x{Host}{Form}Content-Length: 21\r\n\r\nNot-Idempotency-Key=a",
        ["PUT"] = $"PUT /x{Host}Content-Length: 3\r\n\r\nabc",
        ["DELETE"] = $"DELETE /x{Host}\r\n",
    };

    public static TheoryData<string> Retryable => [.. s_retryable.Keys];

    public static TheoryData<string> Unsafe => [.. s_unsafe.Keys];

    private HAProxyCluster Cluster => fixture.Cluster;

    [Theory]
    [MemberData(nameof(Retryable))]
    public async Task A_request_without_a_response_is_retried_on_another_server(string request)
    {
        await SetFirstRequestBehaviourAsync(RawOrigin.CloseWithoutAnswer);

        var response = await RawClient.SendAsync(Cluster.Public(), s_retryable[request]);

        await AssertRetriedAsync(response, s_retryable[request]);
    }

    [Theory]
    [InlineData("POST with a key header")]
    [InlineData("chunked POST with a key header")]
    [InlineData("POST with a key field")]
    public async Task A_request_from_a_slow_connection_is_retried_on_another_server(string request)
    {
        await SetFirstRequestBehaviourAsync(RawOrigin.CloseWithoutAnswer);
        var sent = s_retryable[request];
        using var client = await RawClient.ConnectAsync(Cluster.Public());

        // The rest of the body follows the header after a pause.
        await client.WriteAsync(sent[..^4000]);
        await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        var response = await client.SendAsync(sent[^4000..]);

        await AssertRetriedAsync(response, sent);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST with a key header")]
    [InlineData("POST with a key field")]
    public async Task A_hung_server_costs_one_attempt_and_the_internal_frontend_times_out_first(string request)
    {
        var attempt = s_settings.AttemptTimeout;
        var (inner, outer) = (await TimeAsync(Cluster.Internal(), request), await TimeAsync(Cluster.Public(), request));
        output.WriteLine(
            $"{request}: the retry succeeded after {inner.TotalMilliseconds:0} ms (internal) and {outer.TotalMilliseconds:0} ms (public).");

        // Only the lower bound: the servers' requests prove that there was one failed attempt.
        Assert.True(inner >= attempt, $"The internal frontend retried after {inner}, before the attempt timeout of {attempt}.");
        Assert.True(
            outer >= attempt + s_settings.OuterAttemptMargin,
            $"The public frontend retried after {outer}, before {attempt} plus the margin of {s_settings.OuterAttemptMargin}.");
    }

    [Theory]
    [InlineData("POST", "/slow")]
    [InlineData("PUT", "/slow/one")]
    [InlineData("POST", "//slow/%6Fne/")]
    public async Task What_takes_long_by_nature_is_left_with_its_server(string method, string path)
    {
        foreach (var port in new[] { Cluster.Internal(), Cluster.Public() })
        {
            await SetFirstRequestBehaviourAsync(async request =>
            {
                await Task.Delay(s_settings.AttemptTimeout + (2 * s_settings.OuterAttemptMargin));
                return await RawOrigin.Answer(request);
            });

            var answer = await RawClient.SendAsync(port, $"{method} {path}{Host}Idempotency-Key: a\r\nContent-Length: 3\r\n\r\nabc");

            Assert.Equal(200, answer.Status);
            Assert.True(Cluster.Requests.Count() == 1, await Cluster.DescribeAsync());
        }
    }

    [Theory]
    [MemberData(nameof(Unsafe))]
    public async Task What_a_server_may_have_done_is_not_done_by_another(string request)
    {
        await SetFirstRequestBehaviourAsync(RawOrigin.CloseWithoutAnswer);

        var response = await RawClient.SendAsync(Cluster.Public(), s_unsafe[request]);
        // When this read has arrived, no retry is still in flight.
        var next = await RawClient.SendAsync(Cluster.Public(), $"GET /next{Host}\r\n");

        Assert.True(response.Status is 502 or 0, response.Text);
        Assert.Equal(200, next.Status);
        Assert.True(Cluster.Requests.Select(r => r.Path).Order().SequenceEqual(["/next", "/x"]), await Cluster.DescribeAsync());
    }

    [Fact]
    public async Task A_request_whose_connection_was_refused_is_redispatched()
    {
        const int count = 24;
        // Repeat if a health check detects the failure before the first request.
        await Eventually.TrueAsync(
            async () =>
            {
                await Cluster.RestoreAsync();
                var before = await RedispatchesAsync();
                Cluster.Origin("web-1").State = OriginState.Refusing;

                var responses = await Task.WhenAll(Enumerable.Range(0, count).Select(i => RawClient.SendAsync(
                    Cluster.Public(), $"POST /refused/{i}{Host}Content-Length: 3\r\n\r\nabc")));

                Assert.True(
                    responses.All(response => response.Status == 200 && response.Body == "web-2"), await Cluster.DescribeAsync());
                Assert.Empty(Cluster.Origin("web-1").Requests);
                Assert.Equal(count, Cluster.Origin("web-2").Requests.Count(r => r.Body == "abc"));
                // From the statistics, because HAProxy drops log lines rather than waiting to write them.
                var redispatched = await RedispatchesAsync() - before;
                output.WriteLine($"{redispatched} of {count} requests were redispatched.");
                return redispatched > 0;
            },
            async () => $"No request was redispatched, so the test proves nothing. {await Cluster.DescribeAsync()}");
    }

    private async Task<long> RedispatchesAsync() =>
        (await Cluster["lb-1"].StatisticsAsync())!.Server("web", "BACKEND")!.Number("wredis");

    /// <summary>Sets the behavior for the first request that any server receives; all later ones get a response.</summary>
    private async Task SetFirstRequestBehaviourAsync(Func<RawRequest, Task<byte[]?>> behaviour)
    {
        await Cluster.RestoreAsync();
        var count = 0;
        foreach (var origin in Cluster.Origins)
        {
            origin.Behaviour = request => Interlocked.Increment(ref count) == 1 ? behaviour(request) : RawOrigin.Answer(request);
        }
    }

    private async Task<TimeSpan> TimeAsync(int port, string request)
    {
        await SetFirstRequestBehaviourAsync(RawOrigin.Hang);
        var clock = Stopwatch.StartNew();
        var response = await RawClient.SendAsync(port, s_retryable[request]);
        var elapsed = clock.Elapsed;
        await AssertRetriedAsync(response, s_retryable[request]);
        return elapsed;
    }

    private async Task AssertRetriedAsync(RawResponse response, string sent)
    {
        var received = Cluster.Requests.ToArray();
        Assert.True(
            response.Status == 200 && received.Length == 2 && received[0].Server != received[1].Server,
            $"'{response.Text}'. {await Cluster.DescribeAsync()}");
        Assert.All(received, request => Assert.Equal(new RawRequest("", sent).Content, request.Content));
    }

    private static HAProxySettings CreateSettings()
    {
        var settings = new HAProxySettings { AttemptTimeout = TimeSpan.FromSeconds(2), SlowAttemptTimeout = TimeSpan.FromSeconds(9) };
        settings.SlowPaths.Add("/slow");
        settings.SlowPaths.Add("/slow/*");
        return settings;
    }

    public sealed class Fixture : HAProxyFixture
    {
        internal override Task<HAProxyCluster> StartAsync() => HAProxyCluster.StartAsync(HAProxyCluster.TwoTiers(s_settings));
    }
}
