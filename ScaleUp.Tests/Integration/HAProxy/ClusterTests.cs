using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Failures;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Two load balancers that know what the other one counts.</summary>
[Integration]
public sealed partial class ClusterTests(ClusterTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<ClusterTests.Fixture>
{
    private const int Limit = 20;
    private const int Sent = 15;

    // No count ends while a test runs, however slow the machine is.
    private static readonly TimeSpan s_period = TimeSpan.FromHours(1);

    private HAProxyCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task A_client_that_asks_two_load_balancers_has_the_requests_of_one()
    {
        await using var cluster = await HAProxyCluster.StartAsync(ModelWith(new HAProxyRequestLimit("requests", Limit, s_period)));

        var statuses = new List<int>();
        for (var i = 0; i < Limit; i++)
        {
            statuses.Add((await RawClient.SendAsync(cluster.Public(i % 2 == 0 ? "lb-1" : "lb-2"), Get($"/{i}"))).Status);
        }

        Assert.True(statuses.All(status => status == 200), $"{string.Join(' ', statuses)}. {await cluster.DescribeAsync()}");
        await WaitForCountAsync(cluster, "lb-1", "requests-lb-2", Limit / 2);
        await WaitForCountAsync(cluster, "lb-2", "requests-lb-1", Limit / 2);
        foreach (var instance in new[] { "lb-1", "lb-2" })
        {
            var answer = await RawClient.SendAsync(cluster.Public(instance), Get("/one-too-many"));
            Assert.True(answer.Status == 429, $"{instance}: {answer.Text}. {await cluster.DescribeAsync()}");
            Assert.Equal("3600", answer.Header("Retry-After"));
        }

        Assert.DoesNotContain(cluster.Requests, request => request.Path == "/one-too-many");
        output.WriteLine($"{Limit / 2} + {Limit / 2} of {Limit} passed, the next was refused by both.");
    }

    [Fact]
    public async Task A_limit_of_a_method_and_a_path_counts_no_other_requests()
    {
        string[] others = [Get("/sign-in"), Post("/sign-in/help"), Post("/other")];
        foreach (var request in Enumerable.Repeat(others, 3).SelectMany(r => r))
        {
            Assert.Equal(200, (await RawClient.SendAsync(Cluster.Public(), request)).Status);
        }

        // A web server takes them all for the same.
        string[] counted = ["//sign-in", "/SIGN-IN?x", "/sign%2Din/", "/sign-in"];
        var statuses = new List<int>();
        foreach (var path in counted)
        {
            statuses.Add((await RawClient.SendAsync(Cluster.Public(), Post(path))).Status);
        }

        Assert.Equal([200, 200, 200, 429], statuses);
        await Assert.AllAsync(others, async request => Assert.Equal(200, (await RawClient.SendAsync(Cluster.Public(), request)).Status));
    }

    [Fact]
    public async Task A_load_balancer_that_comes_back_learns_the_counts_of_the_other()
    {
        await SendAsync("lb-2", "/kept", Sent);
        await WaitForCountAsync(Cluster, "lb-1", "kept-lb-2", Sent);
        await Cluster["lb-2"].DisposeAsync();
        Assert.Equal(200, (await RawClient.SendAsync(Cluster.Public("lb-1"), Get("/while-it-is-away"))).Status);

        var clock = Stopwatch.StartNew();
        await Cluster.StartAsync("lb-2");
        var started = clock.Elapsed;
        await WaitForCountAsync(Cluster, "lb-2", "kept-lb-2", Sent);
        output.WriteLine($"It took requests {started.TotalMilliseconds:0} ms after it was told to start, and knew the counts {(clock.Elapsed - started).TotalMilliseconds:0} ms later.");

        Assert.Equal([.. Enumerable.Repeat(200, Limit - Sent), 429], await SendAsync("lb-2", "/kept", Limit - Sent + 1));
    }

    [Fact]
    public async Task One_load_balancer_starts_without_the_other()
    {
        // The name of lb-2 does not resolve: there is no such container.
        await using var cluster = await HAProxyCluster.StartAsync(ModelWith(new HAProxyRequestLimit("requests", Limit, s_period)), started: 1);

        Assert.Equal(200, (await RawClient.SendAsync(cluster.Public(), Get("/"))).Status);
    }

    [Fact]
    public async Task A_reload_loses_no_request_and_keeps_the_counts()
    {
        await WaitUntilSettledAsync("lb-1");
        await SendAsync("lb-1", "/reloaded", Sent);
        var worker = await ProcessOfAsync();
        await using var load = await ConstantLoad.StartAsync(Cluster.Website());

        await load.ContinueForAsync(seconds: 1);
        var answer = await Cluster["lb-1"].AskAsync("reload");
        Assert.StartsWith("Success=1", answer);
        var elapsed = await WaitForCountAsync(Cluster, "lb-1", "reloaded-lb-1", Sent);
        output.WriteLine($"The new worker had the counts, {elapsed.TotalMilliseconds:0} ms after the first question for them.");
        await load.ContinueForAsync(seconds: 2);

        await load.AssertNothingLostAsync(Cluster.DescribeAsync);
        Assert.NotEqual(worker, await ProcessOfAsync());
        Assert.Equal([.. Enumerable.Repeat(200, Limit - Sent), 429], await SendAsync("lb-1", "/reloaded", Limit - Sent + 1));

        async Task<string> ProcessOfAsync() =>
            (await Cluster["lb-1"].AskAsync("@1 show info")).Split('\n').Single(line => line.StartsWith("Pid:", StringComparison.Ordinal));
    }

    private async Task<List<int>> SendAsync(string instance, string path, int count)
    {
        var statuses = new List<int>();
        for (var i = 0; i < count; i++)
        {
            statuses.Add((await RawClient.SendAsync(Cluster.Public(instance), Get(path))).Status);
        }

        return statuses;
    }

    /// <summary>
    /// Waits until a load balancer has learned all that its peers know, which takes it 5 s after its start: before that it teaches nobody.
    /// (The flags of "show peers": RESYNC_FINISHED in include/haproxy/peers-t.h.)
    /// </summary>
    private Task<TimeSpan> WaitUntilSettledAsync(string instance) => Eventually.TrueAsync(
        async () => ResyncFlags().Match(await Cluster[instance].AskAsync("@1 show peers")) is { Success: true } flags
            && (Convert.ToInt32(flags.Groups[1].Value, 16) & 3) == 3,
        () => Cluster[instance].AskAsync("@1 show peers"));

    [GeneratedRegex("id=cluster disabled=0 flags=0x([0-9a-f]+)")]
    private static partial Regex ResyncFlags();

    /// <summary>Waits until a load balancer knows that so many requests of one client were counted in a table.</summary>
    private static Task<TimeSpan> WaitForCountAsync(HAProxyCluster cluster, string instance, string table, int count)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $")={count}\n");
        return Eventually.TrueAsync(
            async () => (await cluster[instance].AskAsync($"@1 show table {table}")).Contains(text, StringComparison.Ordinal),
            async () => $"{table} of {instance}: {await cluster[instance].AskAsync($"@1 show table {table}")}\n{await cluster[instance].AskAsync("@1 show peers")}");
    }

    private static HAProxyModel ModelWith(params HAProxyRequestLimit[] limits)
    {
        var settings = new HAProxySettings();
        Array.ForEach(limits, settings.Limits.Add);
        return HAProxyCluster.Model(settings, instances: 2);
    }

    private static string Get(string path) => $"GET {path} HTTP/1.1\r\nHost: a.example\r\n\r\n";

    private static string Post(string path) => $"POST {path} HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n";

    public sealed class Fixture : IAsyncLifetime
    {
        internal HAProxyCluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Cluster = await HAProxyCluster.StartAsync(ModelWith(
            new("sign-in", 3, s_period, "POST", "/sign-in"),
            new("kept", Limit, s_period, Path: "/kept"),
            new("reloaded", Limit, s_period, Path: "/reloaded")));

        public ValueTask DisposeAsync() => Cluster.DisposeAsync();
    }
}
