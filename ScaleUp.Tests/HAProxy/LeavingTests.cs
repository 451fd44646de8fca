using System.Diagnostics;
using System.Globalization;
using Aspire.Hosting.HAProxy;
using ScaleUp.AppHost.Publishing;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>A load balancer that is told to stop, as the published forms tell it: those in front of it have time to go elsewhere.</summary>
[Integration]
public sealed class LeavingTests(ITestOutputHelper output)
{
    // Less than a client of these tests waits for an answer (5 s): one that has left is nobody to wait for.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(3);
    // What it takes Docker to deliver a signal, and this process to ask once more.
    private static readonly TimeSpan s_margin = TimeSpan.FromSeconds(1);
    // A server may take its time here: what is asked for is not asked for again elsewhere.
    private static readonly HAProxySettings s_settings = new() { AttemptTimeout = TimeSpan.FromSeconds(10) };

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

        var clock = Stopwatch.StartNew();
        await cluster["lb-1"].SignalAsync(signal);
        // It has a word for it before anybody notices anything else.
        var noticed = await Eventually.TrueAsync(async () => Describe(await AskAsync(cluster.Operations(), HAProxyConfiguration.ReadyPath)) == "503 Leaving", cluster.DescribeAsync);
        Assert.Equal(503, (await AskAsync(cluster.Operations(), "/health")).Status);
        Assert.Equal("200 Alive", Describe(await AskAsync(cluster.Operations(), "/alive")));
        var newcomers = 0;
        for (; clock.Elapsed < s_grace - s_margin; newcomers++)
        {
            Assert.Equal(200, (await AskAsync(cluster.Public(), "/x")).Status);
        }

        await Eventually.TrueAsync(async () => (await AskAsync(cluster.Public(), "/x")).Status != 200, cluster.DescribeAsync);
        var gone = clock.Elapsed;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{signal}, {command}: said after {noticed.TotalSeconds:0.00} s; {newcomers} newcomers in {(s_grace - s_margin).TotalSeconds} s, all served; none after {gone.TotalSeconds:0.00} s"));
        Assert.True(newcomers > 0, "Nobody came.");
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

        await cluster["lb-1"].SignalAsync("SIGUSR1");
        var gone = await Eventually.TrueAsync(async () => (await AskAsync(cluster.Public(), "/x")).Status != 200, cluster.DescribeAsync);

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"No newcomers after {gone.TotalSeconds:0.00} s"));
        Assert.True(gone < s_grace - s_margin, $"Newcomers were served for {gone.TotalSeconds} s.");
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

    // Each on a connection of its own. Docker's forwarding takes it, whoever listens behind, and breaks it if nobody does.
    private static Task<RawResponse> AskAsync(int port, string path) => RawClient.SendAsync(port, $"GET {path} HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n");

    private static string Describe(RawResponse response) => response.Status == 0 ? "broken" : $"{response.Status} {response.Body}";
}
