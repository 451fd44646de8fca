using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HAProxy;
using static ScaleUp.Tests.HAProxy.ApplicationModel;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Invalid arguments fail the call, and an unusable topology fails startup, each with an error that says what is wrong.</summary>
public sealed class PublicApiTests
{
    private readonly IDistributedApplicationBuilder _builder = NewBuilder();

    private IResourceBuilder<HAProxyClusterResource> Cluster => field ??= _builder.AddHAProxyCluster("lb");

    private IResourceBuilder<ReplicaGroupResource> Web => field ??= _builder.AddTier("web");

    [Fact]
    public void Null_arguments_are_rejected()
    {
        IResourceBuilder<HAProxyClusterResource> noCluster = null!;
        IDistributedApplicationBuilder noBuilder = null!;
        IResourceBuilder<ContainerResource> noServer = null!;
        IResourceBuilder<ReplicaGroupResource> noGroup = null!;

        AssertNullRejected("builder", () => noBuilder.AddHAProxyCluster("lb"));
        AssertNullRejected("name", () => _builder.AddHAProxyCluster(null!));
        AssertNullRejected("cluster", () => noCluster.WithImage("haproxy:3.0"));
        AssertNullRejected("image", () => Cluster.WithImage(null!));
        AssertNullRejected("cluster", () => noCluster.WithSettings(_ => { }));
        AssertNullRejected("configure", () => Cluster.WithSettings(null!));
        AssertNullRejected("cluster", () => noCluster.AddPublicFrontend(Web));
        AssertNullRejected("tier", () => Cluster.AddPublicFrontend(null!));
        AssertNullRejected("cluster", () => noCluster.AddInternalFrontend("web", Web));
        AssertNullRejected("tier", () => Cluster.AddInternalFrontend("web", null!));
        AssertNullRejected("name", () => Cluster.AddInternalFrontend(null!, Web));
        AssertNullRejected("cluster", () => noCluster.WithTls());
        AssertNullRejected("cluster", () => noCluster.WithStatisticsKey(_builder.AddParameter("key")));
        AssertNullRejected("key", () => Cluster.WithStatisticsKey(null!));
        AssertNullRejected("builder", () => noServer.WithReference(Cluster.AddInternalFrontend("api", _builder.AddTier("api"))));
        AssertNullRejected("frontend", () => _builder.AddServer("app").WithReference((IResourceBuilder<HAProxyFrontendResource>)null!));
        AssertNullRejected("builder", () => noBuilder.GetHAProxyNetworks());
        AssertNullRejected("group", () => noGroup.WithEnvironment("name", "value"));
        AssertNullRejected("parameter", () => Web.WithEnvironment("name", (IResourceBuilder<ParameterResource>)null!));
        AssertNullRejected("configure", () => Web.ForEachReplica<IResource>(null!));
        AssertNullRejected("builder", () => noBuilder.AddReplicas("api", 1, _builder.AddServer));
        AssertNullRejected("name", () => _builder.AddReplicas(null!, 1, _builder.AddServer));
        AssertNullRejected("add", () => _builder.AddReplicas<ContainerResource>("api", 1, null!));
        AssertNullRejected("model", () => HAProxyConfiguration.Render(null!));
    }

    [Fact]
    public void Empty_names_are_rejected()
    {
        // Not a literal, because Aspire's analyzer reports an empty name at compile time.
        var empty = new string([]);

        Assert.Equal("name", Assert.Throws<ArgumentException>(() => _builder.AddHAProxyCluster(empty)).ParamName);
        Assert.Equal("image", Assert.Throws<ArgumentException>(() => Cluster.WithImage("")).ParamName);
        Assert.Equal("name", Assert.Throws<ArgumentException>(() => Cluster.AddInternalFrontend(empty, Web)).ParamName);
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
    public void A_tier_has_at_least_one_server_and_at_most_its_maximum(int count, int? max, string parameter) =>
        Assert.Equal(parameter, Assert.Throws<ArgumentOutOfRangeException>(() => _builder.AddTier("api", count, max)).ParamName);

    [Theory]
    [InlineData(-1)]
    [InlineData(65536)]
    public void A_port_is_between_0_and_65535(int port)
    {
        Assert.Equal("port", Assert.Throws<ArgumentOutOfRangeException>(() => Cluster.AddPublicFrontend(Web, port)).ParamName);
        Assert.Equal("port", Assert.Throws<ArgumentOutOfRangeException>(() => Cluster.WithTls(port)).ParamName);
        Assert.Empty(Cluster.Resource.Frontends);
    }

    [Fact]
    public void An_invalid_setting_is_rejected_immediately()
    {
        var exception = Assert.Throws<ArgumentException>(() => Cluster.WithSettings(settings => settings.Retries = 11));

        Assert.Equal("Retries is 11; it must be between 0 and 10.", exception.Message);
    }

    [Fact]
    public void Resource_names_are_unique()
    {
        AssertRejected("lb", () => { _ = Cluster; _builder.AddHAProxyCluster("lb"); });
        AssertRejected("lb-1", () => _builder.AddTier("lb", 1));
    }

    [Fact]
    public void A_cluster_has_one_public_frontend_and_each_tier_has_one_frontend()
    {
        Cluster.AddPublicFrontend(Web, port: 0);

        AssertRejected("already has a frontend 'public'", () => Cluster.AddPublicFrontend(_builder.AddTier("shop"), port: 0));
        AssertRejected("a frontend for tier 'web'", () => Cluster.AddInternalFrontend("web", Web));
    }

    [Theory]
    [InlineData("public")]
    [InlineData("secure")]
    [InlineData("operations")]
    [InlineData("Runtime")]
    public void A_name_that_the_load_balancers_use_themselves_is_no_internal_frontends(string name) =>
        AssertRejected($"An internal frontend cannot be called '{name}': the load balancers have an endpoint of that name", () => Cluster.AddInternalFrontend(name, Web));

    [Fact]
    public void A_server_without_an_endpoint_is_named()
    {
        var tier = _builder.AddReplicas("api", 1, name => _builder.AddResource(new ContainerResource(name)));

        AssertRejected("Server 'api-1' has no endpoint 'http'", () => Cluster.AddInternalFrontend("api", tier));
    }

    [Fact]
    public void A_replica_that_cannot_be_configured_is_named() =>
        AssertRejected("The replica 'web-1' is not a resource of type ProjectResource", () => Web.ForEachReplica<ProjectResource>(_ => { }));

    [Fact]
    public async Task Load_balancers_without_a_frontend_fail_startup()
    {
        _ = Cluster;

        await AssertStartupFailsAsync("Cluster 'lb' has no frontends. Add one with AddPublicFrontend or AddInternalFrontend.");
    }

    [Fact]
    public async Task A_certificate_without_a_public_frontend_fails_startup()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, TestCertificate.NewEcdsa(), TestContext.Current.CancellationToken);
        Cluster.AddInternalFrontend("web", Web);
        Cluster.WithTls(port: 0, path);
        File.Delete(path);

        await AssertStartupFailsAsync("Cluster 'lb' has a certificate but no public frontend. Add one with AddPublicFrontend.");
    }

    [Fact]
    public async Task A_port_that_another_program_uses_is_named()
    {
        using var other = new TcpListener(IPAddress.IPv6Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        Cluster.AddPublicFrontend(Web, port);

        await AssertStartupFailsAsync($"Port {port} on ::1 is needed for a load balancer, but another program uses it");
    }

    private static void AssertNullRejected(string parameter, Func<object> call) =>
        Assert.Equal(parameter, Assert.Throws<ArgumentNullException>(call).ParamName);

    private static void AssertRejected(string expected, Action call) =>
        Assert.Contains(expected, Assert.Throws<DistributedApplicationException>(call).Message);

    private async Task AssertStartupFailsAsync(string expected)
    {
        var exception = await Assert.ThrowsAnyAsync<DistributedApplicationException>(_builder.PublishBeforeStartAsync);

        Assert.StartsWith(expected, exception.Message);
    }
}
