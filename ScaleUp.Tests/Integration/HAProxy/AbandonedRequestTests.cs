using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>If a client disconnects before its response, its request is cancelled in the queue and on the server.</summary>
[Integration]
public sealed class AbandonedRequestTests(AbandonedRequestTests.Fixture fixture) : IClassFixture<AbandonedRequestTests.Fixture>
{
    private const string Host = " HTTP/1.1\r\nHost: a.example\r\n\r\n";

    private HAProxyCluster Cluster => fixture.Cluster;

    private RawOrigin Origin => Cluster.Origin("web-1");

    [Fact]
    public async Task A_queued_request_is_dropped_when_its_client_disconnects()
    {
        var release = await OccupyAsync();
        using var staying = await RawClient.ConnectAsync(Cluster.Public());
        using (var leaving = await RawClient.ConnectAsync(Cluster.Public()))
        {
            await leaving.WriteAsync($"GET /leaves{Host}");
            await WaitForQueueAsync(1);
            await staying.WriteAsync($"GET /stays{Host}");
            await WaitForQueueAsync(2);
        }

        await WaitForQueueAsync(1);
        release.SetResult();

        Assert.Equal(200, (await staying.SendAsync("")).Status);
        Assert.DoesNotContain(Origin.Requests, request => request.Path == "/leaves");
    }

    [Fact]
    public async Task The_server_connection_is_closed_when_the_client_disconnects()
    {
        await OccupyAsync();

        fixture.Occupant!.Dispose();

        // The server has not responded yet, but its request is no longer in flight.
        await Eventually.TrueAsync(async () => (await StatisticsAsync("web-1")).InFlight == 0, Cluster.DescribeAsync);
    }

    /// <summary>Sends a request that occupies the only connection to the server.</summary>
    /// <returns>Completing it releases the response.</returns>
    private async Task<TaskCompletionSource> OccupyAsync()
    {
        fixture.Occupant?.Dispose();
        await Cluster.RestoreAsync();
        var released = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Origin.Behaviour = async request =>
        {
            await released.Task;
            return await RawOrigin.Answer(request);
        };
        fixture.Occupant = await RawClient.ConnectAsync(Cluster.Public());
        await fixture.Occupant.WriteAsync($"GET /occupies{Host}");
        await Eventually.TrueAsync(() => Origin.Requests.Any(request => request.Path == "/occupies"), Cluster.DescribeAsync);
        return released;
    }

    private Task<TimeSpan> WaitForQueueAsync(int count) =>
        Eventually.TrueAsync(async () => (await StatisticsAsync("BACKEND")).Number("qcur") == count, Cluster.DescribeAsync);

    private async Task<HAProxyStatistics.Line> StatisticsAsync(string server) =>
        (await Cluster["lb-1"].StatisticsAsync())!.Server("web", server)!;

    public sealed class Fixture : HAProxyFixture
    {
        internal RawClient? Occupant { get; set; }

        // Long timeouts, so that only the client's disconnect ends a request.
        internal override Task<HAProxyCluster> StartAsync() => HAProxyCluster.StartAsync(HAProxyCluster.Model(
            new()
            {
                MaxConnectionsPerServer = 1,
                QueueTimeout = Eventually.Limit,
                AttemptTimeout = Eventually.Limit,
                ServerTimeout = Eventually.Limit,
            },
            servers: 1));

        public override async ValueTask DisposeAsync()
        {
            Occupant?.Dispose();
            await base.DisposeAsync();
        }
    }
}
