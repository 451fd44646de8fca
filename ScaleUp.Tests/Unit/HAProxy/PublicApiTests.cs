using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HAProxy;
using static ScaleUp.Tests.HAProxy.ApplicationModel;

namespace ScaleUp.Tests.HAProxy;

/// <summary>A wrong argument is refused where it is given, and an application that cannot work where it is started, by a sentence.</summary>
public sealed class PublicApiTests
{
    private readonly IDistributedApplicationBuilder _builder = NewBuilder();

    private IResourceBuilder<HAProxyClusterResource> Cluster => field ??= _builder.AddHAProxyCluster("lb");

    private IResourceBuilder<ReplicaGroupResource> Web => field ??= _builder.AddTier("web");

    [Fact]
    public void Nothing_takes_null()
    {
        IResourceBuilder<HAProxyClusterResource> noCluster = null!;
        IDistributedApplicationBuilder noBuilder = null!;
        IResourceBuilder<ContainerResource> noServer = null!;

        Missing("builder", () => noBuilder.AddHAProxyCluster("lb"));
        Missing("name", () => _builder.AddHAProxyCluster(null!));
        Missing("cluster", () => noCluster.WithImage("haproxy:3.0"));
        Missing("image", () => Cluster.WithImage(null!));
        Missing("cluster", () => noCluster.WithSettings(_ => { }));
        Missing("configure", () => Cluster.WithSettings(null!));
        Missing("cluster", () => noCluster.WithPublicFrontend(Web));
        Missing("tier", () => Cluster.WithPublicFrontend(null!));
        Missing("cluster", () => noCluster.WithInternalFrontend(Web));
        Missing("tier", () => Cluster.WithInternalFrontend(null!));
        Missing("cluster", () => noCluster.WithTls());
        Missing("cluster", () => noCluster.GetInternalFrontend("api"));
        Missing("name", () => Cluster.GetInternalFrontend(null!));
        Missing("builder", () => noServer.WithReference(new HAProxyInternalFrontend(Cluster.Resource, "api")));
        Missing("frontend", () => _builder.AddServer("app").WithReference((HAProxyInternalFrontend)null!));
        Missing("builder", () => noBuilder.AddReplicas("api", 1, _builder.AddServer));
        Missing("name", () => _builder.AddReplicas(null!, 1, _builder.AddServer));
        Missing("add", () => _builder.AddReplicas<ContainerResource>("api", 1, null!));
        Missing("model", () => HAProxyConfiguration.Render(null!));
    }

    [Fact]
    public void No_name_is_empty()
    {
        // Not a literal: Aspire's analyzer refuses such a name before a test could.
        var empty = new string([]);

        Assert.Equal("name", Assert.Throws<ArgumentException>(() => _builder.AddHAProxyCluster(empty)).ParamName);
        Assert.Equal("image", Assert.Throws<ArgumentException>(() => Cluster.WithImage("")).ParamName);
        Assert.Equal("name", Assert.Throws<ArgumentException>(() => Cluster.GetInternalFrontend("")).ParamName);
        Assert.Equal("name", Assert.Throws<ArgumentException>(() => _builder.AddReplicas(empty, 1, _builder.AddServer)).ParamName);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(-1)]
    public void A_cluster_has_one_to_four_load_balancers(int instances) =>
        Assert.Equal("instances", Assert.Throws<ArgumentOutOfRangeException>(() => _builder.AddHAProxyCluster("lb", instances)).ParamName);

    [Theory]
    [InlineData(0, null, "count")]
    [InlineData(3, 2, "max")]
    public void A_tier_has_a_server_and_no_more_than_it_may(int count, int? max, string parameter) =>
        Assert.Equal(parameter, Assert.Throws<ArgumentOutOfRangeException>(() => _builder.AddTier("api", count, max)).ParamName);

    [Theory]
    [InlineData(-1)]
    [InlineData(65536)]
    public void A_port_is_0_to_65535(int port)
    {
        Assert.Equal("port", Assert.Throws<ArgumentOutOfRangeException>(() => Cluster.WithPublicFrontend(Web, port)).ParamName);
        Assert.Equal("port", Assert.Throws<ArgumentOutOfRangeException>(() => Cluster.WithTls(port)).ParamName);
        Assert.Empty(Cluster.Resource.Frontends);
    }

    [Fact]
    public void A_wrong_setting_is_refused_at_once()
    {
        var exception = Assert.Throws<ArgumentException>(() => Cluster.WithSettings(settings => settings.Retries = 11));

        Assert.Equal("Retries is 11; it must be between 0 and 10.", exception.Message);
    }

    [Fact]
    public void Two_resources_have_two_names()
    {
        Refused("lb", () => { _ = Cluster; _builder.AddHAProxyCluster("lb"); });
        Refused("lb-1", () => _builder.AddTier("lb", 1));
    }

    [Fact]
    public void There_is_one_public_frontend_and_each_tier_has_one_way_in()
    {
        Cluster.WithPublicFrontend(Web, port: 0);

        Refused("already has a frontend 'public'", () => Cluster.WithPublicFrontend(_builder.AddTier("shop"), port: 0));
        Refused("a frontend for tier 'web'", () => Cluster.WithInternalFrontend(Web));
    }

    [Theory]
    [InlineData("public")]
    [InlineData("secure")]
    [InlineData("operations")]
    [InlineData("Runtime")]
    public void A_name_that_the_load_balancers_use_themselves_is_no_internal_frontends(string name) =>
        Refused($"Tier '{name}' needs another name: the load balancers already have an endpoint named '{name}'", () => Cluster.WithInternalFrontend(_builder.AddTier(name)));

    [Fact]
    public void A_server_without_an_endpoint_is_named()
    {
        var tier = _builder.AddReplicas("api", 1, name => _builder.AddResource(new ContainerResource(name)));

        Refused("Server 'api-1' has no endpoint 'http'", () => Cluster.WithInternalFrontend(tier));
    }

    [Fact]
    public void An_internal_frontend_that_is_not_there_is_named()
    {
        Cluster.WithPublicFrontend(Web, port: 0);

        Refused("no internal frontend 'api'. Call WithInternalFrontend first", () => Cluster.GetInternalFrontend("api"));
        Refused("no internal frontend 'public'", () => Cluster.GetInternalFrontend("public"));
    }

    [Fact]
    public async Task Load_balancers_that_lead_nowhere_do_not_start()
    {
        _ = Cluster;

        await RefusedAtTheStartAsync("Cluster 'lb' has no frontends. Add one with WithPublicFrontend or WithInternalFrontend.");
    }

    [Fact]
    public async Task A_certificate_without_visitors_does_not_start()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, TestCertificate.NewEcdsa(), TestContext.Current.CancellationToken);
        Cluster.WithInternalFrontend(Web).WithTls(port: 0, path);
        File.Delete(path);

        await RefusedAtTheStartAsync("Cluster 'lb' has a certificate but no public frontend. Add one with WithPublicFrontend.");
    }

    [Fact]
    public async Task A_port_that_another_program_uses_is_named()
    {
        using var other = new TcpListener(IPAddress.IPv6Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        Cluster.WithPublicFrontend(Web, port);

        await RefusedAtTheStartAsync($"Port {port} on ::1 is needed for a load balancer, but another program uses it");
    }

    private static void Missing(string parameter, Func<object> call) => Assert.Equal(parameter, Assert.Throws<ArgumentNullException>(call).ParamName);

    private static void Refused(string expected, Action call) => Assert.Contains(expected, Assert.Throws<DistributedApplicationException>(call).Message);

    private async Task RefusedAtTheStartAsync(string expected) =>
        Assert.StartsWith(expected, (await Assert.ThrowsAnyAsync<DistributedApplicationException>(_builder.PublishBeforeStartAsync)).Message);
}
