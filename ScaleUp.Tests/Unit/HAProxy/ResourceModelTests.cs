using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HAProxy;
using static ScaleUp.Tests.HAProxy.ApplicationModel;

namespace ScaleUp.Tests.HAProxy;

/// <summary>The five lines of the README give the resources, endpoints, variables and commands that it promises.</summary>
public sealed class ResourceModelTests
{
    private static readonly string[] s_aspiresOwn = ["start", "stop", "restart", "rebuild"];

    private readonly IDistributedApplicationBuilder _builder = NewBuilder();
    private readonly IResourceBuilder<HAProxyClusterResource> _cluster;

    public ResourceModelTests()
    {
        _cluster = _builder.AddHAProxyCluster("lb");
        var api = _builder.AddReplicas("api", 3, name => AddProject<Projects.ScaleUp_Api>(name));
        _cluster.WithInternalFrontend(api);
        var web = _builder.AddReplicas("web", 2, name => AddProject<Projects.ScaleUp_Web>(name).WithReference(_cluster.GetInternalFrontend("api")), max: 3);
        _cluster.WithPublicFrontend(web, port: 0);
    }

    [Fact]
    public void Each_server_and_load_balancer_is_a_resource_under_its_parent()
    {
        Assert.Equal(
            ["lb", "lb-1 in lb", "lb-2 in lb", "api-1 in api", "api-2 in api", "api-3 in api", "api", "web-1 in web", "web-2 in web", "web-3 in web", "web"],
            _builder.Resources.Where(r => r is HAProxyClusterResource or HAProxyResource or ReplicaGroupResource or ProjectResource)
                .Select(r => r.Parent() is { } parent ? $"{r.Name} in {parent}" : r.Name));
        Assert.Equal(["web-3"], _builder.Resources.Where(r => r.IsOnStandby()).Select(r => r.Name));
    }

    [Fact]
    public void The_frontends_lead_to_the_tiers_and_know_the_standby_servers()
    {
        var model = _cluster.Resource.Model;

        Assert.Equal(["lb-1", "lb-2"], model.Instances);
        Assert.Equal([("api", 8081, false, "api"), ("public", 8080, true, "web")], model.Frontends.Select(f => (f.Name, f.Port, f.IsPublic, f.Backend.Name)));
        Assert.Equal([("web-1", false), ("web-2", false), ("web-3", true)], model.Frontends[1].Backend.Servers.Select(s => (s.Name, s.IsStandby)));
        Assert.Null(model.Tls);
    }

    [Fact]
    public void Visitors_come_in_at_one_port_of_two_addresses_that_are_localhost()
    {
        var endpoints = _cluster.Resource.Instances.Select(instance => instance.Endpoint("public")).ToArray();

        Assert.Equal(["127.0.0.1", "::1"], endpoints.Select(endpoint => endpoint.TargetHost));
        Assert.Single(endpoints.Select(endpoint => endpoint.Port).Distinct());
        Assert.All(endpoints, endpoint =>
            Assert.Equal(("http", 8080, false, true), (endpoint.UriScheme, endpoint.TargetPort, endpoint.IsProxied, endpoint.IsExternal)));
    }

    [Fact]
    public void Every_load_balancer_has_its_doors_and_none_of_them_behind_a_proxy() => Assert.All(_cluster.Resource.Instances, instance =>
    {
        Assert.Equal(["operations", "runtime", "api", "public"], instance.Endpoints());
        Assert.Equal((8404, 9999, 8081), (instance.Endpoint("operations").TargetPort, instance.Endpoint("runtime").TargetPort, instance.Endpoint("api").TargetPort));
        Assert.All(instance.Endpoints(), name => Assert.False(instance.Endpoint(name).IsProxied, name));
    });

    [Fact]
    public async Task A_load_balancer_knows_its_name_the_servers_and_the_others_by_variables()
    {
        var variables = await _cluster.Resource.Instances[1].EnvironmentAsync(_builder);

        Assert.Equal(["API_1", "API_2", "API_3", "LB_1", "LB_2", "LB_NAME", "LB_RUNTIME_KEY", "WEB_1", "WEB_2", "WEB_3"], variables.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("lb-2", "lb-1:10000", "lb-2:10000"), (variables["LB_NAME"], variables["LB_1"], variables["LB_2"]));
    }

    [Fact]
    public async Task Every_variable_of_the_configuration_is_one_that_a_load_balancer_has()
    {
        _cluster.WithSettings(settings => settings.Limits.Add(new HAProxyRequestLimit("all", 10, TimeSpan.FromSeconds(1))));
        var variables = await _cluster.Resource.Instances[0].EnvironmentAsync(_builder);

        var used = HAProxyConfiguration.Render(_cluster.Resource.Model).Split("\"${").Skip(1).Select(rest => rest.Split('}')[0]).Distinct().ToArray();

        Assert.Contains("WEB_3", used);
        // What is said only where it is published is asked for only if it is there.
        Assert.Empty(used.Except([.. variables.Keys, $"{HAProxyConfiguration.FrontProxiesVariable}[*]", HAProxyConfiguration.GraceVariable]));
    }

    [Fact]
    public async Task A_server_finds_an_internal_frontend_at_each_load_balancer()
    {
        var variables = await Resource("web-1").EnvironmentAsync(_builder);

        var endpoints = new[] { "services__api__http__0", "services__api__http__1" }.Select(name => Assert.IsType<EndpointReference>(variables[name]));
        Assert.Equal([("lb-1", "api"), ("lb-2", "api")], endpoints.Select(endpoint => (endpoint.Resource.Name, endpoint.EndpointName)));
        Assert.DoesNotContain("services__api__http__0", (await Resource("api-1").EnvironmentAsync(_builder)).Keys);
    }

    [Fact]
    public async Task A_server_is_told_whose_word_about_the_visitor_to_take() =>
        Assert.All((await Resource("api-1").EnvironmentAsync(_builder))["TrustedProxies"].ToString()!.Split(';'), network => System.Net.IPNetwork.Parse(network));

    [Fact]
    public void A_standby_server_has_its_port_before_it_runs()
    {
        Assert.InRange(Resource("web-3").Endpoint("http").Port ?? 0, 20000, 31999);
        Assert.Null(Resource("web-1").Endpoint("http").Port);
    }

    [Fact]
    public async Task A_container_has_no_more_rights_than_it_needs()
    {
        Assert.Equal(["-S", "abns@runtime", "-f", "/usr/local/etc/haproxy/haproxy.cfg"], await Resource("lb-1").ArgumentsAsync());
        Assert.Equal(["--cap-drop=ALL", "--security-opt=no-new-privileges", "--stop-signal=SIGTERM"], await Resource("lb-1").RuntimeArgumentsAsync());
    }

    [Fact]
    public void Servers_and_load_balancers_have_their_commands()
    {
        // Beside those that every resource has from Aspire.
        string[] servers = ["api-1", "web-2", "web-3"], instances = ["lb-1", "lb-2"];
        Assert.All(servers, server => Assert.Equal(["drain", "return-to-service"], Resource(server).Commands().Except(s_aspiresOwn)));
        Assert.All(instances, instance => Assert.Equal(["reload-configuration", "show-status"], Resource(instance).Commands().Except(s_aspiresOwn)));
    }

    [Fact]
    public void A_third_and_a_fourth_load_balancer_have_addresses_of_their_own()
    {
        var builder = NewBuilder();
        var cluster = builder.AddHAProxyCluster("lb", instances: 4).WithPublicFrontend(builder.AddTier("web"), port: 20123);

        Assert.Equal(
            [("127.0.0.1", 20123), ("::1", 20123), ("127.0.0.3", 20123), ("127.0.0.4", 20123)],
            cluster.Resource.Instances.Select(instance => (instance.Endpoint("public").TargetHost, instance.Endpoint("public").Port!.Value)));
    }

    private IResourceBuilder<ProjectResource> AddProject<T>(string name) where T : IProjectMetadata, new() =>
        _builder.AddProject<T>(name, launchProfileName: null).WithHttpEndpoint(isProxied: false);

    private IResource Resource(string name) => _builder.Resources.Single(resource => resource.Name == name);
}
