using System.Net.Sockets;
using Aspire.Hosting.HAProxy;
using ScaleUp.AppHost.Deployment;
using ScaleUp.Tests.Publishing;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Peers listen on the network of the cluster only, so that servers on other networks can't reach them.</summary>
public sealed class PeersAddressTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Integration]
    public async Task Peers_listen_only_on_the_network_of_the_cluster_if_its_address_is_set()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "The addresses of containers are reachable on Linux only.");
        var settings = new HAProxySettings();
        settings.Limits.Add(new HAProxyRequestLimit("requests", 100, TimeSpan.FromSeconds(10)));
        var name = $"peers-test-{Guid.NewGuid():n}";
        var (cluster, other) = ($"{name}-cluster", $"{name}-other");
        try
        {
            await ContainerClient.RunAsync("network", "create", cluster);
            await ContainerClient.RunAsync("network", "create", other);
            await ContainerClient.RunAsync("create", $"--name={name}", $"--network={cluster}", "--network-alias=lb-1-peers",
                $"--env={HAProxyConfiguration.NameVariable}=lb-1", $"--env={HAProxyConfiguration.PeersAddressVariable}=lb-1-peers",
                "--env=LB_1=lb-1:10000", "--env=LB_2=lb-2:10000",
                "--env=WEB_1=127.0.0.1:1", "--env=WEB_2=127.0.0.1:1", ContainerClient.HAProxyImage);
            await ContainerClient.RunAsync("network", "connect", other, name);
            await ContainerClient.CopyFilesAsync(name, HAProxyConfiguration.Render(HAProxyCluster.Model(settings, instances: 2)), null);
            await ContainerClient.RunAsync("start", name);

            var (inside, outside) = (await AddressAsync(cluster), await AddressAsync(other));
            await Eventually.TrueAsync(
                async () => await CanConnectAsync(inside, 8080) && await CanConnectAsync(inside, HAProxyConfiguration.PeersPort), LogAsync);
            Assert.True(await CanConnectAsync(outside, 8080));
            Assert.False(await CanConnectAsync(outside, HAProxyConfiguration.PeersPort));
        }
        finally
        {
            await ContainerClient.TryAsync(["rm", "--force", "--volumes", name]);
            await ContainerClient.TryAsync(["network", "rm", cluster]);
            await ContainerClient.TryAsync(["network", "rm", other]);
        }

        Task<string> AddressAsync(string network) => ContainerClient.RunAsync(
            "inspect", $"--format={{{{(index .NetworkSettings.Networks \"{network}\").IPAddress}}}}", name);

        async Task<string> LogAsync() => (await ContainerClient.TryAsync(["logs", name])).Output;
    }

    [Theory]
    [InlineData()]
    [InlineData("--LoadBalancer:VirtualAddress=192.0.2.80/24")]
    public async Task In_Compose_the_peers_address_is_set(params string[] settings)
    {
        var application = await PublishedTopology.ReadAsync(settings);
        var published = settings.Length == 0
            ? application
            : application with { VirtualAddress = new VirtualAddress("192.0.2.80/24", "eth0") };
        var compose = published.File("compose", "compose.yaml");

        Assert.Contains("      LB_1: \"lb-1-peers:10000\"\n      LB_2: \"lb-2-peers:10000\"\n", compose);
        Assert.Contains("      LB_PEERS_ADDRESS: \"lb-1-peers\"\n", compose);
        Assert.Matches("\n      lb:\n        aliases: \\[(lb-1, )?lb-1-peers\\]\n", compose);
        Assert.Equal(2, compose.Split("aliases: [").Skip(1).Count(
            aliases => aliases.Split(']')[0].EndsWith("-peers", StringComparison.Ordinal)));
    }

    private static async Task<bool> CanConnectAsync(string address, int port)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(address, port, Cancellation);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
