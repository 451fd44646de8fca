using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Connection limits per frontend and per client.</summary>
[Integration]
public sealed class ConnectionTests
{
    private const string Request = "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n";

    [Fact]
    public async Task An_exhausted_public_frontend_leaves_connections_to_the_internal_and_operations_frontends()
    {
        await using var cluster = await HAProxyCluster.StartAsync(HAProxyCluster.TwoTiers(
            new HAProxySettings { MaxConnections = 10, MaxInternalConnections = 10, MaxConnectionsPerClient = 0 }));

        await ExhaustAsync(cluster.Public(), count: 10, async () =>
        {
            Assert.Equal(200, (await RawClient.SendAsync(cluster.Internal(), Request)).Status);
            Assert.Equal(200, (await RawClient.SendAsync(cluster.Operations(), "GET /alive HTTP/1.0\r\n\r\n")).Status);
            await ExhaustAsync(cluster.Internal(), count: 10, async () =>
                Assert.Equal(200, (await RawClient.SendAsync(cluster.Operations(), "GET /alive HTTP/1.0\r\n\r\n")).Status));
        });

        await Eventually.TrueAsync(async () => (await RawClient.SendAsync(cluster.Public(), Request)).Status == 200, cluster.DescribeAsync);
    }

    [Fact]
    public async Task One_client_cannot_take_all_connections()
    {
        await using var cluster = await HAProxyCluster.StartAsync(
            HAProxyCluster.Model(new HAProxySettings { MaxConnectionsPerClient = 10 }, instances: 2));

        await ExhaustAsync(
            cluster.Public(),
            count: 10,
            async () => Assert.Equal(200, (await RawClient.SendAsync(cluster.Public("lb-2"), Request)).Status));
    }

    [Fact]
    public async Task The_limit_per_client_does_not_apply_to_an_ingress()
    {
        await using var cluster = await HAProxyCluster.StartAsync(
            HAProxyCluster.Model(new HAProxySettings { MaxConnectionsPerClient = 10 }),
            started: null,
            $"{HAProxyConfiguration.FrontProxiesVariable}=0.0.0.0/0");

        await ExhaustAsync(cluster.Public(), count: 20, () => Task.CompletedTask, isLimit: false);
    }

    /// <summary>Opens connections, sends a request on each, and keeps them open.</summary>
    /// <param name="port">The port of the frontend.</param>
    /// <param name="count">The number of connections.</param>
    /// <param name="meanwhile">Runs while the connections are open.</param>
    /// <param name="isLimit">Whether a further connection must be closed without a response.</param>
    private static async Task ExhaustAsync(int port, int count, Func<Task> meanwhile, bool isLimit = true)
    {
        var clients = new List<RawClient>();
        try
        {
            for (var i = 0; i < count; i++)
            {
                // HAProxy may not yet have released the slot of a closed connection.
                await Eventually.TrueAsync(
                    async () => await TryConnectAsync(port) is { } client && Keep(client),
                    () => Task.FromResult($"Only {clients.Count} of {count} connections are served."));
            }

            if (isLimit)
            {
                using var next = await RawClient.ConnectAsync(port);
                Assert.Equal("", await next.ReadToEndAsync());
            }

            await meanwhile();
            // Existing connections are still served.
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
