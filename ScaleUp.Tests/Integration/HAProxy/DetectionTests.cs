using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Failures;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>How soon the load balancer learns that a server is not well, or is well again.</summary>
[Integration]
public sealed class DetectionTests(DetectionTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<DetectionTests.Fixture>
{
    private const string Get = "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n";

    // Never repeated at another server, however long it takes.
    private const string Post = "POST /x HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n";

    // Checks that a server in this process passes also on a slow machine.
    private static readonly HAProxySettings s_settings = new() { CheckTimeout = TimeSpan.FromSeconds(1), ServerTimeout = Eventually.Limit };

    private HAProxyCluster Cluster => fixture.Cluster;

    private RawOrigin Web1 => Cluster.Origin("web-1");

    [Fact]
    public async Task A_server_that_hangs_is_out_after_exactly_as_many_failed_checks_as_were_set()
    {
        await RestoreAsync();
        var before = await StatisticsAsync();

        Web1.State = OriginState.Hanging;
        var elapsed = await UntilAsync("DOWN");
        var after = await StatisticsAsync();
        output.WriteLine($"DOWN {elapsed.TotalMilliseconds:0} ms after the server hung (DetectionTime: {s_settings.DetectionTime.TotalMilliseconds} ms)");

        // HAProxy counts failed checks as long as the server is up.
        Assert.Equal((s_settings.Fall, 1), (after.Number("chkfail") - before.Number("chkfail"), after.Number("chkdown") - before.Number("chkdown")));
    }

    [Fact]
    public async Task A_hung_server_gets_no_request_once_it_is_down()
    {
        await RestoreAsync();
        await using var load = await ConstantLoad.StartAsync(Cluster.Website());

        var caught = 0;
        Web1.Behaviour = request =>
        {
            Interlocked.Increment(ref caught);
            return RawOrigin.Hang(request);
        };
        Web1.State = OriginState.Hanging;
        HAProxyStatistics.Line? down = null;
        await Eventually.TrueAsync(async () => (down = await StatisticsAsync()).IsDown, Cluster.DescribeAsync);
        await load.ContinueForAsync(seconds: 2);
        var after = await StatisticsAsync();
        output.WriteLine($"{caught} requests reached it while it hung.");

        Assert.True(caught > 0, "No request reached it while it hung: the test says nothing.");
        Assert.True(after.IsDown, after.Status);
        // How often it was chosen for a request.
        Assert.Equal(down!.Number("lbtot"), after.Number("lbtot"));
        await load.AssertNothingLostAsync(Cluster.DescribeAsync);
    }

    [Fact]
    public async Task A_server_that_pauses_for_fewer_checks_than_it_may_fail_is_not_taken_out()
    {
        var slowChecks = s_settings.Fall - 1;
        await RestoreAsync();
        var before = await StatisticsAsync();

        // Set anew to count from here.
        Web1.State = OriginState.Ok;
        Web1.HangChecks(slowChecks);
        await Eventually.TrueAsync(() => Web1.HealthChecks >= slowChecks + 4, Cluster.DescribeAsync);
        var after = await StatisticsAsync();

        Assert.Equal((slowChecks, 0), (after.Number("chkfail") - before.Number("chkfail"), after.Number("chkdown") - before.Number("chkdown")));
        Assert.True(after.IsUp, after.Status);
    }

    [Fact]
    public async Task A_server_that_is_killed_is_found_by_its_requests_and_loses_none()
    {
        // Without its requests, it would be found by a check in minutes.
        await using var cluster = await HAProxyCluster.StartAsync(HAProxyCluster.Model(new HAProxySettings { CheckInterval = TimeSpan.FromMinutes(20) }));
        await using var load = await ConstantLoad.StartAsync(cluster.Website());

        cluster.Origin("web-1").State = OriginState.Refusing;
        var elapsed = await Eventually.TrueAsync(async () => (await cluster["lb-1"].StatusOfAsync("web", "web-1")).StartsWith("DOWN", StringComparison.Ordinal), cluster.DescribeAsync);
        output.WriteLine($"DOWN {elapsed.TotalMilliseconds:0} ms after the server was killed");
        await load.ContinueForAsync(seconds: 1);

        await load.AssertNothingLostAsync(cluster.DescribeAsync);
    }

    [Fact]
    public async Task A_server_that_leaves_ends_its_requests_and_gets_no_more()
    {
        await RestoreAsync();
        var release = new TaskCompletionSource();
        var held = new TaskCompletionSource();
        Web1.Behaviour = async request =>
        {
            held.TrySetResult();
            await release.Task;
            return await RawOrigin.Answer(request);
        };

        // One of these is in flight at web-1 when it says that it leaves.
        var inFlight = new List<Task<RawResponse>>();
        while (!held.Task.IsCompleted)
        {
            inFlight.Add(RawClient.SendAsync(Cluster.Public(), Post));
            await Task.WhenAny(inFlight[^1], held.Task);
        }

        Web1.State = OriginState.Draining;
        var elapsed = await UntilAsync("NOLB");
        output.WriteLine($"NOLB {elapsed.TotalMilliseconds:0} ms after the server answered 404");
        var reached = Web1.Requests.Count;
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal("web-2", (await RawClient.SendAsync(Cluster.Public(), Get)).Body);
        }

        Assert.Equal(reached, Web1.Requests.Count);
        release.SetResult();
        var answers = await Task.WhenAll(inFlight);
        Assert.Contains(answers, answer => answer.Body == "web-1");
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
    }

    [Theory]
    [InlineData(nameof(OriginState.Refusing), "DOWN")]
    [InlineData(nameof(OriginState.Draining), "NOLB")]
    public async Task A_server_that_is_back_gets_requests_again_and_none_is_lost(string state, string status)
    {
        await RestoreAsync();
        Web1.State = Enum.Parse<OriginState>(state);
        await UntilAsync(status);
        Web1.Clear();
        await using var load = await ConstantLoad.StartAsync(Cluster.Website());

        Web1.State = OriginState.Ok;
        var elapsed = await Eventually.TrueAsync(() => Web1.Requests.Count > 0, Cluster.DescribeAsync);
        output.WriteLine($"A request {elapsed.TotalMilliseconds:0} ms after the server was back");

        await load.ContinueForAsync(seconds: 1);
        await load.AssertNothingLostAsync(Cluster.DescribeAsync);
    }

    private Task<TimeSpan> UntilAsync(string status) =>
        Eventually.TrueAsync(async () => (await StatusAsync()).StartsWith(status, StringComparison.Ordinal), Cluster.DescribeAsync);

    /// <summary>Puts back what the test before changed, also the failed checks that a server has left until it is down.</summary>
    private async Task RestoreAsync()
    {
        await Cluster.RestoreAsync();
        await Eventually.TrueAsync(async () => await StatusAsync() == "UP", Cluster.DescribeAsync);
    }

    private async Task<HAProxyStatistics.Line> StatisticsAsync() => (await Cluster["lb-1"].StatisticsAsync())!.Server("web", "web-1")!;

    private Task<string> StatusAsync() => Cluster["lb-1"].StatusOfAsync("web", "web-1");

    public sealed class Fixture : IAsyncLifetime
    {
        internal HAProxyCluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Cluster = await HAProxyCluster.StartAsync(HAProxyCluster.Model(s_settings));

        public ValueTask DisposeAsync() => Cluster.DisposeAsync();
    }
}
