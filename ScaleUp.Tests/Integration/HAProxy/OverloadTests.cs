using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Retries while requests are queued for the servers.</summary>
[Integration]
public sealed class OverloadTests(OverloadTests.Fixture fixture) : IClassFixture<OverloadTests.Fixture>
{
    private const int Queued = 8;
    private static readonly HAProxySettings s_settings = new()
    {
        MaxConnectionsPerServer = 1,
        AttemptTimeout = TimeSpan.FromMilliseconds(500),
        QueueTimeout = Eventually.Limit,
        ServerTimeout = Eventually.Limit,
    };

    private HAProxyCluster Cluster => fixture.Cluster;

    [Fact]
    public async Task A_request_on_a_lost_connection_is_retried_on_another_server()
    {
        var isLost = 0;
        var responses = await OverloadAsync(request =>
            Interlocked.Exchange(ref isLost, 1) == 0 ? RawOrigin.CloseWithoutAnswer(request) : RawOrigin.Answer(request));

        Assert.True(responses.All(response => response.Status == 200), await Cluster.DescribeAsync());
        Assert.Equal(2, Cluster.Requests.Count(request => request.Path == "/last"));
    }

    [Fact]
    public async Task A_request_to_a_slow_server_is_not_retried_under_load()
    {
        var responses = await OverloadAsync(async request =>
        {
            await Task.Delay(2 * s_settings.AttemptTimeout);
            return await RawOrigin.Answer(request);
        });

        Assert.True(responses.All(response => response.Status == 200), await Cluster.DescribeAsync());
        Assert.Single(Cluster.Requests, request => request.Path == "/last");
    }

    /// <summary>Fills the queue with requests, then adds one to /last and releases all.</summary>
    /// <param name="last">Handles the request to /last.</param>
    private async Task<RawResponse[]> OverloadAsync(Func<RawRequest, Task<byte[]?>> last)
    {
        await Cluster.RestoreAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var origin in Cluster.Origins)
        {
            origin.Behaviour = async request =>
            {
                await release.Task;
                return await (request.Path == "/last" ? last(request) : RawOrigin.Answer(request));
            };
        }

        // POST requests, because these are not retried while the queue fills.
        var earlier = Enumerable.Range(0, Cluster.Origins.Count + Queued).Select(i => SendAsync($"POST /{i}")).ToArray();
        await WaitForQueueAsync(Queued);
        var response = SendAsync("GET /last");
        await WaitForQueueAsync(Queued + 1);
        release.SetResult();
        return await Task.WhenAll([.. earlier, response]);
    }

    private Task<RawResponse> SendAsync(string request) =>
        RawClient.SendAsync(Cluster.Public(), $"{request} HTTP/1.1\r\nHost: a.example\r\nContent-Length: 0\r\n\r\n");

    private Task<TimeSpan> WaitForQueueAsync(int count) => Eventually.TrueAsync(
        async () => (await Cluster["lb-1"].StatisticsAsync())!.Server("web", "BACKEND")!.Number("qcur") == count, Cluster.DescribeAsync);

    public sealed class Fixture : HAProxyFixture
    {
        internal override Task<HAProxyCluster> StartAsync() => HAProxyCluster.StartAsync(HAProxyCluster.Model(s_settings));
    }
}
