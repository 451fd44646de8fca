using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>A client leaves before it has its answer: nobody works for it.</summary>
[Integration]
public sealed class AbandonedRequestTests(AbandonedRequestTests.Fixture fixture) : IClassFixture<AbandonedRequestTests.Fixture>
{
    private const string Host = " HTTP/1.1\r\nHost: a.example\r\n\r\n";

    private HAProxyCluster Cluster => fixture.Cluster;

    private RawOrigin Origin => Cluster.Origin("web-1");

    [Fact]
    public async Task What_waits_for_a_server_is_dropped()
    {
        var answer = await OccupyAsync();
        using var staying = await RawClient.ConnectAsync(Cluster.Public());
        using (var leaving = await RawClient.ConnectAsync(Cluster.Public()))
        {
            await leaving.WriteAsync($"GET /leaves{Host}");
            await QueuedAsync(1);
            await staying.WriteAsync($"GET /stays{Host}");
            await QueuedAsync(2);
        }

        await QueuedAsync(1);
        answer.SetResult();

        Assert.Equal(200, (await staying.SendAsync("")).Status);
        Assert.DoesNotContain(Origin.Requests, request => request.Path == "/leaves");
    }

    [Fact]
    public async Task A_server_that_is_at_it_is_told()
    {
        await OccupyAsync();

        fixture.Occupant!.Dispose();

        // The server says nothing yet, and has nothing to do all the same.
        await Eventually.TrueAsync(async () => (await StatisticsAsync("web-1")).InFlight == 0, Cluster.DescribeAsync);
    }

    /// <summary>The one request that the server may have at a time is under way until the task is ended.</summary>
    private async Task<TaskCompletionSource> OccupyAsync()
    {
        fixture.Occupant?.Dispose();
        await Cluster.RestoreAsync();
        var isAnswered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Origin.Behaviour = async request =>
        {
            await isAnswered.Task;
            return await RawOrigin.Answer(request);
        };
        fixture.Occupant = await RawClient.ConnectAsync(Cluster.Public());
        await fixture.Occupant.WriteAsync($"GET /occupies{Host}");
        await Eventually.TrueAsync(() => Origin.Requests.Any(request => request.Path == "/occupies"), Cluster.DescribeAsync);
        return isAnswered;
    }

    private Task<TimeSpan> QueuedAsync(int count) =>
        Eventually.TrueAsync(async () => (await StatisticsAsync("BACKEND")).Number("qcur") == count, Cluster.DescribeAsync);

    private async Task<HAProxyStatistics.Line> StatisticsAsync(string server) =>
        (await Cluster["lb-1"].StatisticsAsync())!.Server("web", server)!;

    public sealed class Fixture : IAsyncLifetime
    {
        internal HAProxyCluster Cluster { get; private set; } = null!;

        internal RawClient? Occupant { get; set; }

        // Nothing but the client's leaving may end the wait.
        public async ValueTask InitializeAsync() => Cluster = await HAProxyCluster.StartAsync(HAProxyCluster.Model(
            new() { MaxConnectionsPerServer = 1, QueueTimeout = Eventually.Limit, AttemptTimeout = Eventually.Limit, ServerTimeout = Eventually.Limit }, servers: 1));

        public async ValueTask DisposeAsync()
        {
            Occupant?.Dispose();
            await Cluster.DisposeAsync();
        }
    }
}
