using System.Diagnostics;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Failures;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>How soon the load balancer learns that a server is not well, or is well again.</summary>
[Integration]
[Collection(nameof(Undisturbed))]
public sealed class DetectionTests(DetectionTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<DetectionTests.Fixture>
{
    private const string Get = "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n";
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(1.5);
    private static readonly HAProxySettings s_settings = new();

    private HAProxyCluster Cluster => fixture.Cluster;

    private RawOrigin Web1 => Cluster.Origin("web-1");

    [Fact]
    public async Task A_server_that_hangs_is_found_in_one_and_a_half_seconds_and_not_before_its_third_check()
    {
        await Cluster.RestoreAsync();

        Web1.State = OriginState.Hanging;
        var elapsed = await UntilAsync("DOWN");
        var checks = Web1.HealthChecks;
        output.WriteLine($"DOWN {elapsed.TotalMilliseconds:0} ms after the server hung, after {checks} checks (DetectionTime: {s_settings.DetectionTime.TotalMilliseconds} ms)");

        Assert.True(s_settings.DetectionTime < s_limit);
        Assert.True(elapsed < s_limit, $"{elapsed}. {await Cluster.DescribeAsync()}");
        // The check after the last one that failed has begun, perhaps.
        Assert.InRange(checks, s_settings.Fall, s_settings.Fall + 1);
    }

    [Fact]
    public async Task A_hung_server_gets_no_request_after_one_and_a_half_seconds()
    {
        await Cluster.RestoreAsync();
        await using var load = await SteadyLoad.StartAsync(Cluster.Website());

        var clock = Stopwatch.StartNew();
        var last = TimeSpan.Zero;
        Web1.Behaviour = request =>
        {
            last = clock.Elapsed;
            return RawOrigin.Hang(request);
        };
        Web1.State = OriginState.Hanging;
        await load.ContinueForAsync(seconds: 2.5);
        output.WriteLine($"The last request went to it {last.TotalMilliseconds:0} ms after it hung.");

        Assert.InRange(last, TimeSpan.FromTicks(1), s_limit);
        await load.AssertNothingLostAsync(Cluster.DescribeAsync);
    }

    [Fact]
    public async Task A_server_that_pauses_for_fewer_checks_than_it_may_fail_is_not_taken_out()
    {
        var slowChecks = new HAProxySettings().Fall - 1;
        await Cluster.RestoreAsync();

        // Set anew to count from here.
        Web1.State = OriginState.Ok;
        Web1.HangChecks(slowChecks);
        var seen = new HashSet<string>();
        await Eventually.TrueAsync(
            async () => seen.Add(await StatusAsync()) && false || Web1.HealthChecks >= slowChecks + 4, Cluster.DescribeAsync);
        output.WriteLine($"{slowChecks} slow checks: {string.Join(", ", seen)}");

        Assert.All(seen, status => Assert.StartsWith("UP", status));
        Assert.True(seen.Count > 1, "No slow check was seen: the test says nothing.");
    }

    [Fact]
    public async Task A_server_that_is_killed_is_found_by_its_requests_and_loses_none()
    {
        await Cluster.RestoreAsync();
        await using var load = await SteadyLoad.StartAsync(Cluster.Website());

        Web1.State = OriginState.Refusing;
        var elapsed = await UntilAsync("DOWN");
        output.WriteLine($"DOWN {elapsed.TotalMilliseconds:0} ms after the server was killed");
        await load.ContinueForAsync(seconds: 1);

        Assert.True(elapsed < TimeSpan.FromSeconds(0.7), $"{elapsed}. {await Cluster.DescribeAsync()}");
        await load.AssertNothingLostAsync(Cluster.DescribeAsync);
    }

    [Fact]
    public async Task A_server_that_leaves_ends_its_requests_and_gets_no_more()
    {
        await Cluster.RestoreAsync();
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
            inFlight.Add(RawClient.SendAsync(Cluster.Public(), Get));
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
    public async Task A_server_that_is_back_gets_a_request_within_two_seconds(string state, string status)
    {
        await Cluster.RestoreAsync();
        Web1.State = Enum.Parse<OriginState>(state);
        await UntilAsync(status);
        Web1.Clear();
        await using var load = await SteadyLoad.StartAsync(Cluster.Website());

        Web1.State = OriginState.Ok;
        var elapsed = await Eventually.TrueAsync(() => Web1.Requests.Count > 0, Cluster.DescribeAsync);
        output.WriteLine($"A request {elapsed.TotalMilliseconds:0} ms after the server was back");

        Assert.True(elapsed < TimeSpan.FromSeconds(2), $"{elapsed}. {await Cluster.DescribeAsync()}");
        // Long enough to say something about the rate, too.
        await load.ContinueForAsync(seconds: 1);
        await load.AssertNothingLostAsync(Cluster.DescribeAsync);
    }

    private Task<TimeSpan> UntilAsync(string status) =>
        Eventually.TrueAsync(async () => (await StatusAsync()).StartsWith(status, StringComparison.Ordinal), Cluster.DescribeAsync);

    private Task<string> StatusAsync() => Cluster["lb-1"].StatusOfAsync("web", "web-1");

    public sealed class Fixture : IAsyncLifetime
    {
        internal HAProxyCluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Cluster = await HAProxyCluster.StartAsync(HAProxyCluster.Model(s_settings));

        public ValueTask DisposeAsync() => Cluster.DisposeAsync();
    }
}
