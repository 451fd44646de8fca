using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting.HAProxy;
using ScaleUp.AppHost.Deployment;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>A load balancer that is told to stop, as the published forms tell it: those in front of it have time to go elsewhere.</summary>
[Integration]
public sealed class LoadBalancerShutdownTests(ITestOutputHelper output)
{
    // Long enough for a slow machine to see that it leaves.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(5);
    // A server may take its time here: what is asked for is not asked for again elsewhere.
    private static readonly HAProxySettings s_settings = new() { AttemptTimeout = Eventually.Limit, ServerTimeout = Eventually.Limit };

    [Theory]
    [InlineData("SIGUSR1", "the image's command")]
    [InlineData("SIGTERM", "Container Apps' command")]
    [InlineData("SIGUSR1", "Container Apps' command")]
    public async Task It_says_so_takes_every_newcomer_for_its_grace_and_ends_what_it_has(string signal, string command)
    {
        var grace = string.Create(CultureInfo.InvariantCulture, $"{HAProxyConfiguration.GraceVariable}={s_grace.TotalSeconds}s");
        var model = HAProxyCluster.Model(s_settings, servers: 1);
        await using var cluster = command == "the image's command" ? await HAProxyCluster.StartAsync(model, null, grace)
            : await HAProxyCluster.StartCommandAsync(model, ["sh", "-c", ContainerAppBicep.LoadBalancerCommand], grace);
        var release = HoldSlowAnswers(cluster);
        var slow = AskAsync(cluster.Public(), "/slow");
        await Eventually.TrueAsync(() => cluster.Requests.Any(request => request.Line.Contains("/slow", StringComparison.Ordinal)), cluster.DescribeAsync);
        Assert.Equal("200 Ready", Describe(await AskAsync(cluster.Operations(), HAProxyConfiguration.ReadyPath)));

        // Observed from before the signal on: a busy container engine takes its time to deliver it and to say so.
        var leaving = Eventually.TrueAsync(async () => await DescribeStateAsync(cluster) == "503 Stopping, 503, 200 Alive", cluster.DescribeAsync);
        var clock = Stopwatch.StartNew();
        var signalling = cluster["lb-1"].SignalAsync(signal);
        var newcomers = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                var isServed = (await AskAsync(cluster.Public(), "/x")).Status == 200;
                newcomers += isServed ? 1 : 0;
                return !isServed;
            },
            cluster.DescribeAsync);
        var gone = clock.Elapsed;
        await signalling;
        await leaving;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{signal}, {command}: {newcomers} newcomers were served in {gone.TotalSeconds:0.00} s; grace {s_grace.TotalSeconds} s"));
        // The signal came after the clock was started, so that no machine is too slow for this.
        Assert.True(gone >= s_grace, $"A newcomer was not served after {gone.TotalSeconds} s.");
        Assert.True(await cluster["lb-1"].IsRunningAsync(), "It did not wait for the request that it had.");
        release.SetResult();
        Assert.Equal(200, (await slow).Status);
        await Eventually.TrueAsync(async () => !await cluster["lb-1"].IsRunningAsync(), cluster.DescribeAsync);
    }

    [Fact]
    public async Task Without_a_grace_it_takes_no_newcomer_at_all()
    {
        await using var cluster = await HAProxyCluster.StartAsync(HAProxyCluster.Model(s_settings, servers: 1));
        var release = HoldSlowAnswers(cluster);
        var slow = AskAsync(cluster.Public(), "/slow");
        await Eventually.TrueAsync(() => cluster.Requests.Any(request => request.Line.Contains("/slow", StringComparison.Ordinal)), cluster.DescribeAsync);

        // One after the other. With a grace, many of them would read that it leaves; without, it is at most the one that is answered just then.
        var answers = new ConcurrentQueue<string>();
        var refused = Eventually.TrueAsync(
            async () =>
            {
                answers.Enqueue(Describe(await AskAsync(cluster.Operations(), HAProxyConfiguration.ReadyPath)));
                return answers.Last() == "broken";
            },
            cluster.DescribeAsync);
        await cluster["lb-1"].SignalAsync("SIGUSR1");
        await refused;
        await Eventually.TrueAsync(async () => (await AskAsync(cluster.Public(), "/x")).Status != 200, cluster.DescribeAsync);

        Assert.True(answers.Count(answer => answer == "503 Stopping") <= 1, string.Join(", ", answers));
        Assert.True(await cluster["lb-1"].IsRunningAsync(), "It did not wait for the request that it had.");
        release.SetResult();
        Assert.Equal(200, (await slow).Status);
    }

    /// <summary>Has the server wait with its answer to whoever asks for /slow.</summary>
    private static TaskCompletionSource HoldSlowAnswers(HAProxyCluster cluster)
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

    private static async Task<string> DescribeStateAsync(HAProxyCluster cluster)
    {
        var ready = Describe(await AskAsync(cluster.Operations(), HAProxyConfiguration.ReadyPath));
        var health = await AskAsync(cluster.Operations(), "/health");
        return $"{ready}, {health.Status}, {Describe(await AskAsync(cluster.Operations(), "/alive"))}";
    }

    // Each on a connection of its own. Docker's forwarding takes it, whoever listens behind, and breaks it if nobody does.
    private static Task<RawResponse> AskAsync(int port, string path) => RawClient.SendAsync(port, $"GET {path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");

    private static string Describe(RawResponse response) => response.Status == 0 ? "broken" : $"{response.Status} {response.Body}";
}
