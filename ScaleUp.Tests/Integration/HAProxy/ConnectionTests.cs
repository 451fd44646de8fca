using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>More connections than there can be.</summary>
[Integration]
public sealed class ConnectionTests
{
    private const string Request = "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n";

    [Fact]
    public async Task Visitors_who_take_all_connections_leave_the_other_tiers_and_the_operator_theirs()
    {
        await using var cluster = await HAProxyCluster.StartAsync(HAProxyCluster.TwoTiers(new HAProxySettings { MaxConnections = 10, MaxInternalConnections = 10, MaxConnectionsPerClient = 0 }));

        await ExhaustAsync(cluster.Public(), most: 10, async () =>
        {
            Assert.Equal(200, (await RawClient.SendAsync(cluster.Internal(), Request)).Status);
            Assert.Equal(200, (await RawClient.SendAsync(cluster.Operations(), "GET /alive HTTP/1.0\r\n\r\n")).Status);
            await ExhaustAsync(cluster.Internal(), most: 10, async () =>
                Assert.Equal(200, (await RawClient.SendAsync(cluster.Operations(), "GET /alive HTTP/1.0\r\n\r\n")).Status));
        });

        await Eventually.TrueAsync(async () => (await RawClient.SendAsync(cluster.Public(), Request)).Status == 200, cluster.DescribeAsync);
    }

    [Fact]
    public async Task One_client_cannot_take_all_connections()
    {
        await using var cluster = await HAProxyCluster.StartAsync(HAProxyCluster.Model(new HAProxySettings { MaxConnectionsPerClient = 10 }, instances: 2));

        await ExhaustAsync(cluster.Public(), most: 10, async () => Assert.Equal(200, (await RawClient.SendAsync(cluster.Public("lb-2"), Request)).Status));
    }

    [Fact]
    public async Task Behind_an_ingress_all_visitors_have_its_address_and_are_not_one_client()
    {
        await using var cluster = await HAProxyCluster.StartAsync(
            HAProxyCluster.Model(new HAProxySettings { MaxConnectionsPerClient = 10 }), started: null, $"{HAProxyConfiguration.FrontProxiesVariable}=0.0.0.0/0");

        await ExhaustAsync(cluster.Public(), most: 20, () => Task.CompletedTask, andNoMore: false);
    }

    /// <summary>Keeps so many connections on which something was asked, while another one is ended at once.</summary>
    private static async Task ExhaustAsync(int port, int most, Func<Task> meanwhile, bool andNoMore = true)
    {
        var clients = new List<RawClient>();
        try
        {
            for (var i = 0; i < most; i++)
            {
                // The place of a connection that has just been closed may not be free yet.
                await Eventually.TrueAsync(async () => await TryConnectAsync(port) is { } client && Keep(client), () => Task.FromResult($"Only {clients.Count} of {most} connections are served."));
            }

            if (andNoMore)
            {
                using var next = await RawClient.ConnectAsync(port);
                Assert.Equal("", await next.ReadToEndAsync());
            }

            await meanwhile();
            // Those that were there first are still served.
            Assert.Equal(200, (await clients[0].SendAsync(Request)).Status);
        }
        finally
        {
            clients.ForEach(client => client.Dispose());
        }

        bool Keep(RawClient client)
        {
            clients.Add(client);
            return true;
        }
    }

    private static async Task<RawClient?> TryConnectAsync(int port)
    {
        var client = await RawClient.ConnectAsync(port);
        if ((await client.SendAsync(Request)).Status == 200)
        {
            return client;
        }

        client.Dispose();
        return null;
    }
}
