using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Failures;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Two load balancers share their request counts through HAProxy's peers protocol.</summary>
[Integration]
public sealed partial class ClusterTests(ClusterTests.Fixture fixture, ITestOutputHelper output) : IClassFixture<ClusterTests.Fixture>
{
    private const int Limit = 20;
    private const int Sent = 15;

    // Long enough that no counter expires during a test.
    private static readonly TimeSpan s_period = TimeSpan.FromHours(1);

    private HAProxyCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task A_request_limit_covers_the_requests_to_both_load_balancers()
    {
        await using var cluster = await HAProxyCluster.StartAsync(ModelWith(new HAProxyRequestLimit("requests", Limit, s_period)));

        var statuses = new List<int>();
        for (var i = 0; i < Limit; i++)
        {
            var response = await RawClient.SendAsync(cluster.Public(i % 2 == 0 ? "lb-1" : "lb-2"), Get($"/{i}"));
            statuses.Add(response.Status);
        }

        Assert.True(statuses.All(status => status == 200), $"{string.Join(' ', statuses)}. {await cluster.DescribeAsync()}");
        await WaitForCountAsync(cluster, "lb-1", "requests-lb-2", Limit / 2);
        await WaitForCountAsync(cluster, "lb-2", "requests-lb-1", Limit / 2);
        foreach (var instance in new[] { "lb-1", "lb-2" })
        {
            var response = await RawClient.SendAsync(cluster.Public(instance), Get("/over-the-limit"));
            Assert.True(response.Status == 429, $"{instance}: {response.Text}. {await cluster.DescribeAsync()}");
            Assert.Equal("3600", response.Header("Retry-After"));
        }

        Assert.DoesNotContain(cluster.Requests, request => request.Path == "/over-the-limit");
        output.WriteLine($"{Limit / 2} + {Limit / 2} of {Limit} requests passed; both load balancers rejected the next one.");
    }

    [Fact]
    public async Task A_limit_for_a_method_and_path_counts_no_other_requests()
    {
        string[] others = [Get("/sign-in"), Post("/sign-in/help"), Post("/other")];
        foreach (var request in Enumerable.Repeat(others, 3).SelectMany(r => r))
        {
            Assert.Equal(200, (await RawClient.SendAsync(Cluster.Public(), request)).Status);
        }

        // Web servers treat these paths alike.
        string[] counted = ["//sign-in", "/SIGN-IN?x", "/sign%2Din/", "/sign-in"];
        var statuses = new List<int>();
        foreach (var path in counted)
        {
            statuses.Add((await RawClient.SendAsync(Cluster.Public(), Post(path))).Status);
        }

        Assert.Equal([200, 200, 200, 429], statuses);
        await Assert.AllAsync(
            others, async request => Assert.Equal(200, (await RawClient.SendAsync(Cluster.Public(), request)).Status));
    }

    [Fact]
    public async Task A_restarted_load_balancer_receives_the_counts_from_its_peer()
    {
        await SendAsync("lb-2", "/restarted", Sent);
        await WaitForCountAsync(Cluster, "lb-1", "restarted-lb-2", Sent);
        await Cluster["lb-2"].DisposeAsync();
        Assert.Equal(200, (await RawClient.SendAsync(Cluster.Public("lb-1"), Get("/without-peer"))).Status);

        var clock = Stopwatch.StartNew();
        await Cluster.StartAsync("lb-2");
        var started = clock.Elapsed;
        await WaitForCountAsync(Cluster, "lb-2", "restarted-lb-2", Sent);
        output.WriteLine(
            $"The load balancer took requests {started.TotalMilliseconds:0} ms after its start, "
            + $"and had the counts {(clock.Elapsed - started).TotalMilliseconds:0} ms later.");

        Assert.Equal([.. Enumerable.Repeat(200, Limit - Sent), 429], await SendAsync("lb-2", "/restarted", Limit - Sent + 1));
    }

    [Fact]
    public async Task A_load_balancer_starts_without_its_peer()
    {
        // The name lb-2 does not resolve, because that container is not started.
        await using var cluster = await HAProxyCluster.StartAsync(
            ModelWith(new HAProxyRequestLimit("requests", Limit, s_period)), started: 1);

        Assert.Equal(200, (await RawClient.SendAsync(cluster.Public(), Get("/"))).Status);
    }

    [Fact]
    public async Task A_reload_loses_no_request_and_keeps_the_counts()
    {
        await WaitUntilSynchronizedAsync("lb-1");
        await SendAsync("lb-1", "/reloaded", Sent);
        var worker = await WorkerAsync();
        await using var load = await ConstantLoad.StartAsync(Cluster.Website());

        await load.ContinueForAsync(seconds: 1);
        Assert.StartsWith("Success=1", await Cluster["lb-1"].ExecuteAsync("reload"));
        var elapsed = await WaitForCountAsync(Cluster, "lb-1", "reloaded-lb-1", Sent);
        output.WriteLine($"The new worker had the counts {elapsed.TotalMilliseconds:0} ms after the reload succeeded.");
        await load.ContinueForAsync(seconds: 2);

        await load.AssertNothingLostAsync(Cluster.DescribeAsync);
        Assert.NotEqual(worker, await WorkerAsync());
        Assert.Equal([.. Enumerable.Repeat(200, Limit - Sent), 429], await SendAsync("lb-1", "/reloaded", Limit - Sent + 1));

        async Task<string> WorkerAsync() =>
            (await Cluster["lb-1"].ExecuteAsync("@1 show info")).Split('\n')
                .Single(line => line.StartsWith("Pid:", StringComparison.Ordinal));
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
    /// Waits until a load balancer has finished its resynchronization with its peers, 5 s after its start: before that it sends no counts.
    /// (The flags of "show peers": RESYNC_FINISHED in include/haproxy/peers-t.h.)
    /// </summary>
    private Task<TimeSpan> WaitUntilSynchronizedAsync(string instance) => Eventually.TrueAsync(
        async () => ResyncFlags().Match(await Cluster[instance].ExecuteAsync("@1 show peers")) is { Success: true } flags
            && (Convert.ToInt32(flags.Groups[1].Value, 16) & 3) == 3,
        () => Cluster[instance].ExecuteAsync("@1 show peers"));

    [GeneratedRegex("id=cluster disabled=0 flags=0x([0-9a-f]+)")]
    private static partial Regex ResyncFlags();

    /// <summary>Waits until a stick table of a load balancer has this request count for a client.</summary>
    private static Task<TimeSpan> WaitForCountAsync(HAProxyCluster cluster, string instance, string table, int count)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $")={count}\n");
        return Eventually.TrueAsync(
            async () => (await cluster[instance].ExecuteAsync($"@1 show table {table}")).Contains(text, StringComparison.Ordinal),
            async () => $"{table} of {instance}: {await cluster[instance].ExecuteAsync($"@1 show table {table}")}\n"
                + await cluster[instance].ExecuteAsync("@1 show peers"));
    }

    private static HAProxyModel ModelWith(params HAProxyRequestLimit[] limits)
    {
        var settings = new HAProxySettings();
        Array.ForEach(limits, settings.Limits.Add);
        return HAProxyCluster.Model(settings, instances: 2);
    }

    private static string Get(string path) => $"GET {path} HTTP/1.1\r\nHost: a.example\r\n\r\n";

    private static string Post(string path) => $"POST {path} HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n";

    public sealed class Fixture : HAProxyFixture
    {
        internal override Task<HAProxyCluster> StartAsync() => HAProxyCluster.StartAsync(ModelWith(
            new("sign-in", 3, s_period, "POST", "/sign-in"),
            new("restarted", Limit, s_period, Path: "/restarted"),
            new("reloaded", Limit, s_period, Path: "/reloaded")));
    }
}
