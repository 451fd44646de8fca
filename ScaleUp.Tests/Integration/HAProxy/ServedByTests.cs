using System.Text;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Who answered, in the words that an operator knows each by.</summary>
[Integration]
public sealed class ServedByTests(ServedByTests.Fixture fixture) : IClassFixture<ServedByTests.Fixture>
{
    [Theory]
    [InlineData("", "lb-1, web-1")]
    [InlineData("X-Served-By: web-7d9c5b\r\n", "lb-1, web-7d9c5b")] // A replica that was found by a name which all of them share.
    public async Task A_server_is_called_what_it_says_it_is_called(string said, string expected)
    {
        fixture.Cluster.Origin("web-1").Behaviour = _ => Task.FromResult<byte[]?>(Encoding.Latin1.GetBytes($"HTTP/1.1 200 OK\r\n{said}Content-Length: 0\r\n\r\n"));

        var answer = await RawClient.SendAsync(fixture.Cluster.Public(), "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n");

        Assert.Equal((200, expected), (answer.Status, answer.Header("X-Served-By")));
    }

    [Fact]
    public async Task What_no_server_was_asked_for_is_the_load_balancers_own()
    {
        var answer = await RawClient.SendAsync(fixture.Cluster.Public(), "GET /health HTTP/1.1\r\nHost: a.example\r\n\r\n");

        Assert.Equal((404, "lb-1"), (answer.Status, answer.Header("X-Served-By")));
    }

    public sealed class Fixture : IAsyncLifetime
    {
        internal HAProxyCluster Cluster { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Cluster = await HAProxyCluster.StartAsync(HAProxyCluster.Model(new HAProxySettings(), servers: 1));

        public ValueTask DisposeAsync() => Cluster.DisposeAsync();
    }
}
