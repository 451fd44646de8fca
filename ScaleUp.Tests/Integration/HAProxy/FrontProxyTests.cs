using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Behind an ingress, the client address and the scheme come from the ingress alone.</summary>
[Integration]
public sealed class FrontProxyTests(FrontProxyTests.Fixture fixture) : IClassFixture<FrontProxyTests.Fixture>
{
    [Theory]
    [InlineData("X-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\n", "203.0.113.7", "https")]
    // The client can forge all addresses but the last.
    [InlineData("X-Forwarded-For: 198.51.100.1, 203.0.113.7\r\nX-Forwarded-Proto: http\r\n", "203.0.113.7", "http")]
    [InlineData("X-Forwarded-For: 2001:db8::7\r\nX-Forwarded-Proto: HTTPS\r\n", "2001:db8::7", "https")]
    public async Task The_last_address_and_the_scheme_from_the_ingress_reach_the_server(string headers, string visitor, string scheme)
    {
        fixture.Cluster.Origin("web-1").Clear();

        await RawClient.SendAsync(fixture.Cluster.Public(), $"GET /x HTTP/1.1\r\nHost: a.example\r\n{headers}\r\n");

        var arrived = Assert.Single(fixture.Cluster.Requests);
        Assert.Equal(visitor, Assert.Single(arrived.Header("X-Forwarded-For")));
        Assert.Equal(scheme, Assert.Single(arrived.Header("X-Forwarded-Proto")));
    }

    [Fact]
    public async Task Without_forwarded_headers_the_peer_is_the_client()
    {
        fixture.Cluster.Origin("web-1").Clear();

        await RawClient.SendAsync(fixture.Cluster.Public(), "GET /x HTTP/1.1\r\nHost: a.example\r\n\r\n");

        var arrived = Assert.Single(fixture.Cluster.Requests);
        Assert.DoesNotContain("203.0.113.7", Assert.Single(arrived.Header("X-Forwarded-For")));
        Assert.Equal("http", Assert.Single(arrived.Header("X-Forwarded-Proto")));
    }

    public sealed class Fixture : HAProxyFixture
    {
        // Trusts all addresses, because the source address of a test's connection depends on Docker.
        internal override Task<HAProxyCluster> StartAsync() => HAProxyCluster.StartAsync(
            HAProxyCluster.Model(new HAProxySettings(), servers: 1),
            started: null,
            $"{HAProxyConfiguration.FrontProxiesVariable}=0.0.0.0/0 ::/0");
    }
}
