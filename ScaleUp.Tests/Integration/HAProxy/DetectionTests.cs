using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Failures;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>The load balancer detects failed, draining and recovered servers.</summary>
[Integration]
public sealed class DetectionTests(DetectionTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<DetectionTests.Fixture>
{
    private const string Get = "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n";

    // A POST without an idempotency key is never retried on another server.
    private const string Post = "POST /x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n";

    // Timeouts that the servers in this process meet even on a slow machine.
    private static readonly HAProxySettings s_settings = new()
    {
        CheckTimeout = TimeSpan.FromSeconds(1),
        ServerTimeout = Eventually.Limit,
    };

    private HAProxyCluster Cluster => fixture.Cluster;

    private RawOrigin Web1 => Cluster.Origin("web-1");

    [Fact]
    public async Task A_hung_server_is_down_after_exactly_the_configured_number_of_failed_checks()
    {
        await RestoreAsync();
        var before = await StatisticsAsync();

        Web1.State = OriginState.Hanging;
        var elapsed = await UntilAsync("DOWN");
        var after = await StatisticsAsync();
        output.WriteLine(
            $"DOWN {elapsed.TotalMilliseconds:0} ms after the server hung "
            + $"(DetectionTime: {s_settings.DetectionTime.TotalMilliseconds} ms)");

        // HAProxy counts failed checks only while the server is up.
        Assert.Equal((s_settings.Fall, 1), ChecksSince(before, after));
    }

    [Fact]
    public async Task A_hung_server_receives_no_request_once_it_is_down()
    {
        await RestoreAsync();
        await using var load = await ConstantLoad.StartAsync(Cluster.Website());

        var hung = 0;
        Web1.Behaviour = request =>
        {
            Interlocked.Increment(ref hung);
            return RawOrigin.Hang(request);
        };
        Web1.State = OriginState.Hanging;
        HAProxyStatistics.Line? down = null;
        await Eventually.TrueAsync(async () => (down = await StatisticsAsync()).IsDown, Cluster.DescribeAsync);
        await load.ContinueForAsync(seconds: 2);
        var after = await StatisticsAsync();
        output.WriteLine($"{hung} requests reached the server while it hung.");

        Assert.True(hung > 0, "No request reached the server while it hung, so the test proves nothing.");
        Assert.True(after.IsDown, after.Status);
        // The number of times that the load balancer selected the server.
        Assert.Equal(down!.Number("lbtot"), after.Number("lbtot"));
        await load.AssertNothingLostAsync(Cluster.DescribeAsync);
    }

    [Fact]
    public async Task A_server_that_fails_fewer_checks_than_the_threshold_stays_up()
    {
        var slowChecks = s_settings.Fall - 1;
        await RestoreAsync();
        var before = await StatisticsAsync();

        // Setting the state resets the number of health checks.
        Web1.State = OriginState.Ok;
        Web1.HangChecks(slowChecks);
        await Eventually.TrueAsync(() => Web1.HealthChecks >= slowChecks + 4, Cluster.DescribeAsync);
        var after = await StatisticsAsync();

        Assert.Equal((slowChecks, 0), ChecksSince(before, after));
        Assert.True(after.IsUp, after.Status);
    }

    [Fact]
    public async Task A_killed_server_is_detected_by_failed_requests_and_loses_none()
    {
        // The interval excludes detection by a health check.
        await using var cluster = await HAProxyCluster.StartAsync(
            HAProxyCluster.Model(new HAProxySettings { CheckInterval = TimeSpan.FromMinutes(20) }));
        await using var load = await ConstantLoad.StartAsync(cluster.Website());

        cluster.Origin("web-1").State = OriginState.Refusing;
        var elapsed = await Eventually.TrueAsync(
            async () => (await cluster["lb-1"].StatusOfAsync("web", "web-1")).StartsWith("DOWN", StringComparison.Ordinal),
            cluster.DescribeAsync);
        output.WriteLine($"DOWN {elapsed.TotalMilliseconds:0} ms after the server was killed");
        await load.ContinueForAsync(seconds: 1);

        await load.AssertNothingLostAsync(cluster.DescribeAsync);
    }

    [Fact]
    public async Task A_draining_server_completes_its_requests_and_receives_no_new_ones()
    {
        await RestoreAsync();
        var release = new TaskCompletionSource();
        var started = new TaskCompletionSource();
        Web1.Behaviour = async request =>
        {
            started.TrySetResult();
            await release.Task;
            return await RawOrigin.Answer(request);
        };

        // Send requests until one is in flight on web-1.
        var inFlight = new List<Task<RawResponse>>();
        while (!started.Task.IsCompleted)
        {
            inFlight.Add(RawClient.SendAsync(Cluster.Public(), Post));
            await Task.WhenAny(inFlight[^1], started.Task);
        }

        Web1.State = OriginState.Draining;
        var elapsed = await UntilAsync("NOLB");
        output.WriteLine($"NOLB {elapsed.TotalMilliseconds:0} ms after the server started to respond with 404");
        var received = Web1.Requests.Count;
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("web-2", (await RawClient.SendAsync(Cluster.Public(), Get)).Body);
        }

        Assert.Equal(received, Web1.Requests.Count);
        release.SetResult();
        var responses = await Task.WhenAll(inFlight);
        Assert.Contains(responses, response => response.Body == "web-1");
        Assert.All(responses, response => Assert.Equal(200, response.Status));
    }

    [Theory]
    [InlineData(nameof(OriginState.Refusing), "DOWN")]
    [InlineData(nameof(OriginState.Draining), "NOLB")]
    public async Task A_recovered_server_receives_requests_again_and_none_is_lost(string state, string status)
    {
        await RestoreAsync();
        Web1.State = Enum.Parse<OriginState>(state);
        await UntilAsync(status);
        Web1.Clear();
        await using var load = await ConstantLoad.StartAsync(Cluster.Website());

        Web1.State = OriginState.Ok;
        var elapsed = await Eventually.TrueAsync(() => Web1.Requests.Count > 0, Cluster.DescribeAsync);
        output.WriteLine($"The first request arrived {elapsed.TotalMilliseconds:0} ms after the server recovered.");

        await load.ContinueForAsync(seconds: 1);
        await load.AssertNothingLostAsync(Cluster.DescribeAsync);
    }

    private Task<TimeSpan> UntilAsync(string status) =>
        Eventually.TrueAsync(async () => (await StatusAsync()).StartsWith(status, StringComparison.Ordinal), Cluster.DescribeAsync);

    /// <summary>Undoes the changes of the previous test, including a partly used threshold of failed checks.</summary>
    private async Task RestoreAsync()
    {
        await Cluster.RestoreAsync();
        await Eventually.TrueAsync(async () => await StatusAsync() == "UP", Cluster.DescribeAsync);
    }

    /// <summary>The failed health checks and the transitions to DOWN between two readings.</summary>
    private static (long Failed, long Down) ChecksSince(HAProxyStatistics.Line before, HAProxyStatistics.Line after) =>
        (after.Number("chkfail") - before.Number("chkfail"), after.Number("chkdown") - before.Number("chkdown"));

    private async Task<HAProxyStatistics.Line> StatisticsAsync() => (await Cluster["lb-1"].StatisticsAsync())!.Server("web", "web-1")!;

    private Task<string> StatusAsync() => Cluster["lb-1"].StatusOfAsync("web", "web-1");

    public sealed class Fixture : HAProxyFixture
    {
        internal override Task<HAProxyCluster> StartAsync() => HAProxyCluster.StartAsync(HAProxyCluster.Model(s_settings));
    }
}
