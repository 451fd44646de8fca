using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>More waits for the servers than they can do soon.</summary>
[Integration]
public sealed class OverloadTests(OverloadTests.Fixture fixture) : IClassFixture<OverloadTests.Fixture>
{
    private const int Waiting = 8;
    private static readonly HAProxySettings s_settings = new()
    {
        MaxConnectionsPerServer = 1,
        AttemptTimeout = TimeSpan.FromMilliseconds(500),
        QueueTimeout = Eventually.Limit,
        ServerTimeout = Eventually.Limit,
    };


    private HAProxyCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task What_a_server_had_when_it_was_lost_goes_to_another_one()
    {
        var isLost = 0;
        var answers = await OverloadAsync(request => Interlocked.Exchange(ref isLost, 1) == 0 ? RawOrigin.CloseWithoutAnswer(request) : RawOrigin.Answer(request));

        Assert.True(answers.All(answer => answer.Status == 200), await Cluster.DescribeAsync());
        Assert.Equal(2, Cluster.Requests.Count(request => request.Path == "/last"));
    }

    [Fact]
    public async Task A_server_that_is_only_slow_is_not_given_up()
    {
        var answers = await OverloadAsync(async request =>
        {
            await Task.Delay(2 * s_settings.AttemptTimeout);
            return await RawOrigin.Answer(request);
        });

        Assert.True(answers.All(answer => answer.Status == 200), await Cluster.DescribeAsync());
        Assert.Single(Cluster.Requests, request => request.Path == "/last");
    }

    /// <summary>Requests that wait until enough are there, and a last one that is served so.</summary>
    private async Task<RawResponse[]> OverloadAsync(Func<RawRequest, Task<byte[]?>> last)
    {
        await Cluster.RestoreAsync();
        var areThere = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var origin in Cluster.Origins)
        {
            origin.Behaviour = async request =>
            {
                await areThere.Task;
                return await (request.Path == "/last" ? last(request) : RawOrigin.Answer(request));
            };
        }

        // Those that are no reads are not given up and sent elsewhere before the others are there.
        var earlier = Enumerable.Range(0, Cluster.Origins.Count + Waiting).Select(i => SendAsync($"POST /{i}")).ToArray();
        await QueuedAsync(Waiting);
        var answer = SendAsync("GET /last");
        await QueuedAsync(Waiting + 1);
        areThere.SetResult();
        return await Task.WhenAll([.. earlier, answer]);
    }

    private Task<RawResponse> SendAsync(string request) =>
        RawClient.SendAsync(Cluster.Public(), $"{request} HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n");

    private Task<TimeSpan> QueuedAsync(int count) => Eventually.TrueAsync(
        async () => (await Cluster["lb-1"].StatisticsAsync())!.Server("web", "BACKEND")!.Number("qcur") == count, Cluster.DescribeAsync);

    public sealed class Fixture : IAsyncLifetime
    {
        internal HAProxyCluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Cluster = await HAProxyCluster.StartAsync(HAProxyCluster.Model(s_settings));

        public ValueTask DisposeAsync() => Cluster.DisposeAsync();
    }
}
