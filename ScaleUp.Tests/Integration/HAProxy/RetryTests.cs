using System.Diagnostics;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>A server fails while it has a request: what may be repeated is, at another server, and nothing else.</summary>
[Integration]
public sealed class RetryTests(RetryTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<RetryTests.Fixture>
{
    private const string Host = " HTTP/1.1\r\nHost: a.example\r\n";
    private const string Form = "Content-Type: application/x-www-form-urlencoded\r\n";
    private static readonly string s_body = new('b', 8000);

    // A server that answers at once is never taken for one that hangs, also on a slow machine.
    private static readonly HAProxySettings s_settings = CreateSettings();

    /// <summary>Requests that a second server may get.</summary>
    private static readonly Dictionary<string, string> s_repeatable = new()
    {
        ["GET"] = $"GET /x{Host}\r\n",
        ["HEAD"] = $"HEAD /x{Host}\r\n",
        ["OPTIONS"] = $"OPTIONS /x{Host}\r\n",
        ["POST with a key in its header"] = $"POST /x{Host}Idempotency-Key: a\r\nContent-Length: {s_body.Length}\r\n\r\n{s_body}",
        ["POST with a key in its header, in pieces"] = $"POST /x{Host}Idempotency-Key: a\r\nTransfer-Encoding: chunked\r\n\r\n{s_body.Length:x}\r\n{s_body}\r\n0\r\n\r\n",
        ["DELETE with a key in its header"] = $"DELETE /x{Host}Idempotency-Key: a\r\n\r\n",
        ["POST with a key in its form"] = $"POST /x{Host}{Form}Content-Length: {s_body.Length + 20}\r\n\r\nIdempotency-Key=a&b={s_body[..^1]}!",
        ["POST with a key in its form, with a charset"] = $"POST /x{Host}{Form.Trim()}; charset=utf-8\r\nContent-Length: 21\r\n\r\nb=c&Idempotency-Key=a",
    };

    /// <summary>Requests that only one server may get.</summary>
    private static readonly Dictionary<string, string> s_once = new()
    {
        ["POST"] = $"POST /x{Host}Content-Length: 3\r\n\r\nabc",
        ["POST of a form"] = $"POST /x{Host}{Form}Content-Length: 3\r\n\r\nb=c",
        ["POST of a form with a key in another"] = $"POST /x{Host}{Form}Content-Length: 21\r\n\r\nNot-Idempotency-Key=a",
        ["PUT"] = $"PUT /x{Host}Content-Length: 3\r\n\r\nabc",
        ["DELETE"] = $"DELETE /x{Host}\r\n",
    };

    public static TheoryData<string> Repeatable => [.. s_repeatable.Keys];

    public static TheoryData<string> Once => [.. s_once.Keys];

    private HAProxyCluster Cluster => fixture.Cluster;

    [Theory]
    [MemberData(nameof(Repeatable))]
    public async Task A_server_that_closes_without_an_answer_costs_nothing(string request)
    {
        await FirstToGetItAsync(RawOrigin.CloseWithoutAnswer);

        var answer = await RawClient.SendAsync(Cluster.Public(), s_repeatable[request]);

        await AssertAnsweredByTheOtherAsync(answer, s_repeatable[request]);
    }

    [Theory]
    [InlineData("POST with a key in its header")]
    [InlineData("POST with a key in its header, in pieces")]
    [InlineData("POST with a key in its form")]
    public async Task A_server_that_closes_without_an_answer_costs_nothing_on_a_slow_line(string request)
    {
        await FirstToGetItAsync(RawOrigin.CloseWithoutAnswer);
        var sent = s_repeatable[request];
        using var client = await RawClient.ConnectAsync(Cluster.Public());

        // The head, and what of the body came along; the rest is a moment behind.
        await client.WriteAsync(sent[..^4000]);
        await Task.Delay(TimeSpan.FromMilliseconds(50), TestContext.Current.CancellationToken);
        var answer = await client.SendAsync(sent[^4000..]);

        await AssertAnsweredByTheOtherAsync(answer, sent);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST with a key in its header")]
    [InlineData("POST with a key in its form")]
    public async Task A_server_that_hangs_costs_one_attempt_and_an_inner_tier_gives_up_first(string request)
    {
        var attempt = s_settings.AttemptTimeout;
        var (inner, outer) = (await TimeAsync(Cluster.Internal(), request), await TimeAsync(Cluster.Public(), request));
        output.WriteLine($"{request}: answered by the other server after {inner.TotalMilliseconds:0} ms, before an inner tier {outer.TotalMilliseconds:0} ms");

        // Not before the attempt is over. That it was one attempt is what each server got.
        Assert.True(inner >= attempt, $"{inner}");
        Assert.True(outer >= attempt + s_settings.OuterAttemptMargin, $"{outer}");
    }

    [Theory]
    [InlineData("POST", "/slow")]
    [InlineData("PUT", "/slow/one")]
    [InlineData("POST", "//slow/%6Fne/")]
    public async Task What_takes_long_by_nature_is_left_with_its_server(string method, string path)
    {
        foreach (var port in new[] { Cluster.Internal(), Cluster.Public() })
        {
            await FirstToGetItAsync(async request =>
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
    [MemberData(nameof(Once))]
    public async Task What_a_server_may_have_done_is_not_done_by_another(string request)
    {
        await FirstToGetItAsync(RawOrigin.CloseWithoutAnswer);

        var answer = await RawClient.SendAsync(Cluster.Public(), s_once[request]);
        // A read, which arrives: nothing is still on its way.
        var next = await RawClient.SendAsync(Cluster.Public(), $"GET /next{Host}\r\n");

        Assert.True(answer.Status is 502 or 0, answer.Text);
        Assert.Equal(200, next.Status);
        Assert.True(Cluster.Requests.Select(r => r.Path).Order().SequenceEqual(["/next", "/x"]), await Cluster.DescribeAsync());
    }

    [Fact]
    public async Task What_no_server_has_got_goes_to_the_other()
    {
        const int count = 24;
        // Again if the health checks have found out before the first request came.
        await Eventually.TrueAsync(
            async () =>
            {
                await Cluster.RestoreAsync();
                var before = await RedispatchesAsync();
                Cluster.Origin("web-1").State = OriginState.Refusing;

                var answers = await Task.WhenAll(Enumerable.Range(0, count).Select(i => RawClient.SendAsync(
                    Cluster.Public(), $"POST /refused/{i}{Host}Content-Length: 3\r\n\r\nabc")));

                Assert.True(answers.All(answer => answer.Status == 200 && answer.Body == "web-2"), await Cluster.DescribeAsync());
                Assert.Empty(Cluster.Origin("web-1").Requests);
                Assert.Equal(count, Cluster.Origin("web-2").Requests.Count(r => r.Body == "abc"));
                // Not from the log: HAProxy drops a line rather than wait until it can be written.
                var refused = await RedispatchesAsync() - before;
                output.WriteLine($"{refused} of {count} were tried at the server that refused.");
                return refused > 0;
            },
            async () => $"None was tried at the server that refused: the test says nothing. {await Cluster.DescribeAsync()}");
    }

    private async Task<long> RedispatchesAsync() =>
        (await Cluster["lb-1"].StatisticsAsync())!.Server("web", "BACKEND")!.Number("wredis");

    /// <summary>Whichever server gets a request first behaves so, and from then on all answer.</summary>
    private async Task FirstToGetItAsync(Func<RawRequest, Task<byte[]?>> behaviour)
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
        await FirstToGetItAsync(RawOrigin.Hang);
        var clock = Stopwatch.StartNew();
        var answer = await RawClient.SendAsync(port, s_repeatable[request]);
        var elapsed = clock.Elapsed;
        await AssertAnsweredByTheOtherAsync(answer, s_repeatable[request]);
        return elapsed;
    }

    private async Task AssertAnsweredByTheOtherAsync(RawResponse answer, string sent)
    {
        var seen = Cluster.Requests.ToArray();
        Assert.True(answer.Status == 200 && seen.Length == 2 && seen[0].Server != seen[1].Server, $"'{answer.Text}'. {await Cluster.DescribeAsync()}");
        Assert.All(seen, request => Assert.Equal(new RawRequest("", sent).Content, request.Content));
    }

    private static HAProxySettings CreateSettings()
    {
        var settings = new HAProxySettings { AttemptTimeout = TimeSpan.FromSeconds(2), SlowAttemptTimeout = TimeSpan.FromSeconds(9) };
        settings.SlowPaths.Add("/slow");
        settings.SlowPaths.Add("/slow/*");
        return settings;
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal HAProxyCluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Cluster = await HAProxyCluster.StartAsync(HAProxyCluster.TwoTiers(s_settings));

        public ValueTask DisposeAsync() => Cluster.DisposeAsync();
    }
}
