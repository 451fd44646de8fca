using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HAProxy;
using static ScaleUp.Tests.HAProxy.ApplicationModel;

namespace ScaleUp.Tests.HAProxy;

/// <summary>TLS adds endpoints, environment variables and HSTS to the load balancers.</summary>
public sealed class TlsModelTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();
    private readonly IDistributedApplicationBuilder _builder = NewBuilder();

    public TlsModelTests() => File.WriteAllText(_path, TestCertificate.NewEcdsa());

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void HTTPS_and_HTTP_3_endpoints_share_one_port()
    {
        var cluster = Add(port: 0);

        var secure = cluster.Resource.Instances.Select(instance => instance.Endpoint("secure")).ToArray();
        var quic = cluster.Resource.Instances.Select(instance => instance.Endpoint("quic")).ToArray();
        Assert.Equal(["127.0.0.1", "::1"], secure.Select(endpoint => endpoint.TargetHost));
        Assert.Equal(["127.0.0.1", "::1"], quic.Select(endpoint => endpoint.TargetHost));
        Assert.Single(secure.Concat(quic).Select(endpoint => endpoint.Port).Distinct());
        Assert.All(secure, endpoint => Assert.Equal(
            ("https", ProtocolType.Tcp, 8443, false), (endpoint.UriScheme, endpoint.Protocol, endpoint.TargetPort, endpoint.IsProxied)));
        Assert.All(quic, endpoint => Assert.Equal(
            (ProtocolType.Udp, 8443, false), (endpoint.Protocol, endpoint.TargetPort, endpoint.IsProxied)));
    }

    [Fact]
    public async Task A_load_balancer_receives_the_HTTPS_port_for_redirects()
    {
        var variables = await Add(port: 20443).Resource.Instances[0].EnvironmentAsync(_builder);

        Assert.Equal("20443", variables[HAProxyConfiguration.TlsPortVariable]);
    }

    [Theory]
    [InlineData("Production", true)]
    [InlineData("Development", false)]
    public void HSTS_is_enabled_outside_development_only(string environment, bool isEnabled)
    {
        _builder.Environment.EnvironmentName = environment;

        var model = Add(port: 0).Resource.Model;

        Assert.Equal(isEnabled, HAProxyConfiguration.Render(model).Contains("Strict-Transport-Security", StringComparison.Ordinal));
    }

    [Fact]
    public void A_missing_certificate_is_rejected_with_its_path()
    {
        var cluster = _builder.AddHAProxyCluster("lb");
        cluster.AddPublicFrontend(_builder.AddTier("web"), port: 0);

        var exception = Assert.Throws<DistributedApplicationException>(
            () => cluster.WithTls(port: 0, certificatePath: "/nowhere/site.pem"));

        Assert.Contains("/nowhere/site.pem", exception.Message);
        Assert.Null(cluster.Resource.Tls);
    }

    private IResourceBuilder<HAProxyClusterResource> Add(int port)
    {
        var cluster = _builder.AddHAProxyCluster("lb").WithTls(port, _path);
        cluster.AddPublicFrontend(_builder.AddTier("web"), port: 0);
        return cluster;
    }
}
