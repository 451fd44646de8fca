using System.Text;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>The <c>X-Served-By</c> header names the load balancer and the server of a response.</summary>
[Integration]
public sealed class ServedByTests(ServedByTests.Fixture fixture) : IClassFixture<ServedByTests.Fixture>
{
    [Theory]
    [InlineData("", "lb-1, web-1")]
    [InlineData("X-Served-By: web-7d9c5b\r\n", "lb-1, web-7d9c5b")] // A replica discovered through a shared DNS name.
    public async Task A_servers_own_name_replaces_its_name_in_the_backend(string header, string expected)
    {
        fixture.Cluster.Origin("web-1").Behaviour = _ => Task.FromResult<byte[]?>(
            Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\n{header}Content-Length: 0\r\n\r\n"));

        var response = await RawClient.SendAsync(fixture.Cluster.Public(), "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n");

        Assert.Equal((200, expected), (response.Status, response.Header("X-Served-By")));
    }

    [Fact]
    public async Task A_response_of_the_load_balancer_itself_names_no_server()
    {
        var response = await RawClient.SendAsync(fixture.Cluster.Public(), "GET /health HTTP/1.1\r\nHost: a.example\r\n\r\n");

        Assert.Equal((404, "lb-1"), (response.Status, response.Header("X-Served-By")));
    }

    public sealed class Fixture : HAProxyFixture
    {
        internal override Task<HAProxyCluster> StartAsync() =>
            HAProxyCluster.StartAsync(HAProxyCluster.Model(new HAProxySettings(), servers: 1));
    }
}
