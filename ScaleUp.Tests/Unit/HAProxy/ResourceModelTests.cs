using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HAProxy;
using static ScaleUp.Tests.HAProxy.ApplicationModel;

namespace ScaleUp.Tests.HAProxy;

/// <summary>A cluster with two tiers has the expected resources, endpoints, environment variables and commands.</summary>
public sealed class ResourceModelTests
{
    private static readonly string[] s_aspireCommands = ["start", "stop", "restart", "rebuild"];

    private readonly IDistributedApplicationBuilder _builder = NewBuilder();
    private readonly IResourceBuilder<HAProxyClusterResource> _cluster;

    public ResourceModelTests()
    {
        _cluster = _builder.AddHAProxyCluster("lb");
        var api = _builder.AddReplicas("api", 3, name => AddProject<Projects.ScaleUp_Api>(name));
        var frontend = _cluster.AddInternalFrontend("api", api);
        var web = _builder.AddReplicas("web", 2, name => AddProject<Projects.ScaleUp_Web>(name), max: 3).WithReference(frontend);
        _cluster.AddPublicFrontend(web, port: 0);
    }

    [Fact]
    public void Each_server_and_load_balancer_is_a_child_resource()
    {
        Assert.Equal(
            [
                "lb", "lb-1 in lb", "lb-2 in lb", "api-1 in api", "api-2 in api", "api-3 in api", "api", "lb-api in lb",
                "web-1 in web", "web-2 in web", "web-3 in web", "web", "lb-public in lb",
            ],
            _builder.Resources.Where(r => r is HAProxyClusterResource or HAProxyResource or HAProxyFrontendResource or ReplicaGroupResource or ProjectResource)
                .Select(r => r.Parent() is { } parent ? $"{r.Name} in {parent}" : r.Name));
        Assert.Equal(["web-3"], _builder.Resources.Where(r => r.IsOnStandby()).Select(r => r.Name));
    }

    [Fact]
    public void The_frontends_route_to_the_tiers_including_their_standby_servers()
    {
        var model = _cluster.Resource.Model;

        Assert.Equal(["lb-1", "lb-2"], model.Instances);
        Assert.Equal(
            [("api", 8081, false, "api"), ("public", 8080, true, "web")],
            model.Frontends.Select(f => (f.Name, f.Port, f.IsPublic, f.Backend.Name)));
        Assert.Equal(
            [("web-1", false), ("web-2", false), ("web-3", true)],
            model.Frontends[1].Backend.Servers.Select(s => (s.Name, s.IsStandby)));
        Assert.Null(model.Tls);
    }

    [Fact]
    public void The_public_endpoints_have_one_port_on_both_loopback_addresses()
    {
        var endpoints = _cluster.Resource.Instances.Select(instance => instance.Endpoint("public")).ToArray();

        Assert.Equal(["127.0.0.1", "::1"], endpoints.Select(endpoint => endpoint.TargetHost));
        Assert.Single(endpoints.Select(endpoint => endpoint.Port).Distinct());
        Assert.All(endpoints, endpoint =>
            Assert.Equal(("http", 8080, false, true), (endpoint.UriScheme, endpoint.TargetPort, endpoint.IsProxied, endpoint.IsExternal)));
    }

    [Fact]
    public void Every_load_balancer_has_its_endpoints_without_a_proxy() => Assert.All(_cluster.Resource.Instances, instance =>
    {
        Assert.Equal(["operations", "runtime", "api", "public"], instance.Endpoints());
        Assert.Equal(
            (8404, 9999, 8081),
            (instance.Endpoint("operations").TargetPort, instance.Endpoint("runtime").TargetPort, instance.Endpoint("api").TargetPort));
        Assert.All(instance.Endpoints(), name => Assert.False(instance.Endpoint(name).IsProxied, name));
    });

    [Fact]
    public async Task A_load_balancer_receives_its_name_the_servers_and_its_peers_in_environment_variables()
    {
        var variables = await _cluster.Resource.Instances[1].EnvironmentAsync(_builder);

        Assert.Equal(
            ["API_1", "API_2", "API_3", "LB_1", "LB_2", "LB_NAME", "LB_RUNTIME_KEY", "WEB_1", "WEB_2", "WEB_3"],
            variables.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("lb-2", "lb-1:10000", "lb-2:10000"), (variables["LB_NAME"], variables["LB_1"], variables["LB_2"]));
    }

    [Fact]
    public async Task The_configuration_uses_only_variables_that_a_load_balancer_has()
    {
        _cluster.WithSettings(settings => settings.Limits.Add(new HAProxyRequestLimit("all", 10, TimeSpan.FromSeconds(1))));
        var variables = await _cluster.Resource.Instances[0].EnvironmentAsync(_builder);

        var used = HAProxyConfiguration.Render(_cluster.Resource.Model)
            .Split("\"${").Skip(1).Select(rest => rest.Split('}')[0]).Distinct().ToArray();

        Assert.Contains("WEB_3", used);
        // Set by deployments or WithStatisticsKey only.
        string[] optional =
        [
            $"{HAProxyConfiguration.FrontProxiesVariable}[*]", HAProxyConfiguration.GraceVariable,
            $"{HAProxyConfiguration.PeersAddressVariable}-", HAProxyConfiguration.StatisticsKeyVariable,
        ];
        Assert.Empty(used.Except([.. variables.Keys, .. optional]));
    }

    [Fact]
    public async Task A_server_receives_the_internal_frontend_of_each_load_balancer()
    {
        var variables = await Resource("web-1").EnvironmentAsync(_builder);

        var endpoints = new[] { "services__api__http__0", "services__api__http__1" }
            .Select(name => Assert.IsType<EndpointReference>(variables[name]));
        Assert.Equal([("lb-1", "api"), ("lb-2", "api")], endpoints.Select(endpoint => (endpoint.Resource.Name, endpoint.EndpointName)));
        Assert.DoesNotContain("services__api__http__0", (await Resource("api-1").EnvironmentAsync(_builder)).Keys);
    }

    [Fact]
    public void The_networks_of_the_load_balancers_are_known() =>
        Assert.All(_builder.GetHAProxyNetworks(), network => System.Net.IPNetwork.Parse(network));

    [Fact]
    public void A_standby_server_has_its_port_before_it_starts()
    {
        Assert.InRange(Resource("web-3").Endpoint("http").Port ?? 0, 20000, 31999);
        Assert.Null(Resource("web-1").Endpoint("http").Port);
    }

    [Fact]
    public async Task A_container_runs_without_capabilities_and_cannot_gain_privileges()
    {
        Assert.Equal(["-S", "/tmp/haproxy-master.sock", "-f", "/usr/local/etc/haproxy/haproxy.cfg"], await Resource("lb-1").ArgumentsAsync());
        Assert.Equal(
            ["--cap-drop=ALL", "--security-opt=no-new-privileges", "--stop-signal=SIGTERM"],
            await Resource("lb-1").RuntimeArgumentsAsync());
    }

    [Fact]
    public void Servers_and_load_balancers_have_their_commands()
    {
        string[] servers = ["api-1", "web-2", "web-3"], instances = ["lb-1", "lb-2"];
        Assert.All(servers, server => Assert.Equal(
            ["drain", "return-to-service"], Resource(server).Commands().Except(s_aspireCommands)));
        Assert.All(instances, instance => Assert.Equal(
            ["reload-configuration", "show-status"], Resource(instance).Commands().Except(s_aspireCommands)));
    }

    [Fact]
    public void A_third_and_a_fourth_load_balancer_have_their_own_addresses()
    {
        var builder = NewBuilder();
        var cluster = builder.AddHAProxyCluster("lb", instances: 4);
        cluster.AddPublicFrontend(builder.AddTier("web"), port: 20123);

        Assert.Equal(
            [("127.0.0.1", 20123), ("::1", 20123), ("127.0.0.3", 20123), ("127.0.0.4", 20123)],
            cluster.Resource.Instances.Select(instance => instance.Endpoint("public"))
                .Select(endpoint => (endpoint.TargetHost, endpoint.Port!.Value)));
    }

    private IResourceBuilder<ProjectResource> AddProject<T>(string name) where T : IProjectMetadata, new() =>
        _builder.AddProject<T>(name, launchProfileName: null).WithHttpEndpoint(isProxied: false);

    private IResource Resource(string name) => _builder.Resources.Single(resource => resource.Name == name);
}
