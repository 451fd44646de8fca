using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting.HAProxy;
using ScaleUp.AppHost.Deployment;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>A load balancer stopped as in the published forms gives its clients time to use another one.</summary>
[Integration]
public sealed class LoadBalancerShutdownTests(ITestOutputHelper output)
{
    // Long enough to observe the shutdown on a slow machine.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);

    // Long timeouts, so that a held request is not retried on another server.
    private static readonly HAProxySettings s_settings = new() { AttemptTimeout = Eventually.Limit, ServerTimeout = Eventually.Limit };

    [Theory]
    [InlineData("SIGUSR1", "the image's command")]
    [InlineData("SIGTERM", "Container Apps' command")]
    [InlineData("SIGUSR1", "Container Apps' command")]
    public async Task It_fails_readiness_accepts_connections_for_the_grace_period_and_completes_requests_in_flight(
        string signal, string command)
    {
        var grace = string.Create(CultureInfo.InvariantCulture, $"{HAProxyConfiguration.GraceVariable}={s_grace.TotalSeconds}s");
        var model = HAProxyCluster.Model(s_settings, servers: 1);
        await using var cluster = command == "the image's command"
            ? await HAProxyCluster.StartAsync(model, null, grace)
            : await HAProxyCluster.StartCommandAsync(model, ["sh", "-c", ContainerAppBicep.LoadBalancerCommand], grace);
        var release = HoldSlowRequests(cluster);
        var slow = GetAsync(cluster.Public(), "/slow");
        await WaitForSlowRequestAsync(cluster);
        Assert.Equal("200 Ready", Describe(await GetAsync(cluster.Operations(), HAProxyConfiguration.ReadyPath)));

        // Polling starts before the signal, because a overloaded container engine delivers and acknowledges it late.
        var draining = Eventually.TrueAsync(
            async () => await DescribeStateAsync(cluster) == "503 Stopping, 503, 200 Alive", cluster.DescribeAsync);
        var clock = Stopwatch.StartNew();
        var signalling = cluster["lb-1"].SignalAsync(signal);
        var served = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                var isServed = (await GetAsync(cluster.Public(), "/x")).Status == 200;
                served += isServed ? 1 : 0;
                return !isServed;
            },
            cluster.DescribeAsync);
        var elapsed = clock.Elapsed;
        await signalling;
        await draining;
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{signal}, {command}: {served} new connections were served in {elapsed.TotalSeconds:0.00} s; grace {s_grace.TotalSeconds} s"));
        // The clock starts before the signal, so a slow machine cannot fail this.
        Assert.True(
            elapsed >= s_grace,
            $"A new connection was rejected after {elapsed.TotalSeconds} s; the grace period is {s_grace.TotalSeconds} s.");
        Assert.True(await cluster["lb-1"].IsRunningAsync(), "The load balancer exited before the request in flight completed.");
        release.SetResult();
        Assert.Equal(200, (await slow).Status);
        await Eventually.TrueAsync(async () => !await cluster["lb-1"].IsRunningAsync(), cluster.DescribeAsync);
    }

    [Fact]
    public async Task Without_a_grace_period_it_rejects_new_connections_immediately()
    {
        await using var cluster = await HAProxyCluster.StartAsync(HAProxyCluster.Model(s_settings, servers: 1));
        var release = HoldSlowRequests(cluster);
        var slow = GetAsync(cluster.Public(), "/slow");
        await WaitForSlowRequestAsync(cluster);

        // Requests run one after the other: with a grace period many would get 503; without it at most the one in flight at the signal.
        var responses = new ConcurrentQueue<string>();
        var rejected = Eventually.TrueAsync(
            async () =>
            {
                responses.Enqueue(Describe(await GetAsync(cluster.Operations(), HAProxyConfiguration.ReadyPath)));
                return responses.Last() == "closed";
            },
            cluster.DescribeAsync);
        await cluster["lb-1"].SignalAsync("SIGUSR1");
        await rejected;
        await Eventually.TrueAsync(async () => (await GetAsync(cluster.Public(), "/x")).Status != 200, cluster.DescribeAsync);

        Assert.True(responses.Count(response => response == "503 Stopping") <= 1, string.Join(", ", responses));
        Assert.True(await cluster["lb-1"].IsRunningAsync(), "The load balancer exited before the request in flight completed.");
        release.SetResult();
        Assert.Equal(200, (await slow).Status);
    }

    /// <summary>Makes the server hold requests for /slow.</summary>
    /// <returns>Completing it releases the responses.</returns>
    private static TaskCompletionSource HoldSlowRequests(HAProxyCluster cluster)
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        cluster.Origin("web-1").Behaviour = async request =>
        {
            if (request.Line.Contains("/slow", StringComparison.Ordinal))
            {
                await release.Task;
            }

            return await RawOrigin.Answer(request);
        };
        return release;
    }

    private static Task<TimeSpan> WaitForSlowRequestAsync(HAProxyCluster cluster) => Eventually.TrueAsync(
        () => cluster.Requests.Any(request => request.Line.Contains("/slow", StringComparison.Ordinal)), cluster.DescribeAsync);

    private static async Task<string> DescribeStateAsync(HAProxyCluster cluster)
    {
        var ready = Describe(await GetAsync(cluster.Operations(), HAProxyConfiguration.ReadyPath));
        var health = await GetAsync(cluster.Operations(), "/health");
        return $"{ready}, {health.Status}, {Describe(await GetAsync(cluster.Operations(), "/alive"))}";
    }

    // Each request has its own connection, which Docker's port forwarding accepts, and closes if nothing listens in the container.
    private static Task<RawResponse> GetAsync(int port, string path) =>
        RawClient.SendAsync(port, $"GET {path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");

    private static string Describe(RawResponse response) => response.Status == 0 ? "closed" : $"{response.Status} {response.Body}";
}
