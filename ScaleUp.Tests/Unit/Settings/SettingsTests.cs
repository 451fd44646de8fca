using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using ScaleUp.AppHost;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Settings;

/// <summary>Invalid settings fail startup with an error that names the setting and its valid values.</summary>
public sealed class SettingsTests
{
    [Fact]
    public void The_default_topology_has_two_load_balancers_two_web_and_three_api_servers()
    {
        var topology = Read([]);

        Assert.Equal((2, 2, 3, 8080), (topology.LoadBalancer.Instances, topology.Web.Replicas, topology.Api.Replicas, topology.LoadBalancer.Port));
        Assert.Equal((3, 4), (topology.Web.MaxReplicas, topology.Api.MaxReplicas));
        Assert.Equal(8, topology.LoadBalancer.RequestsPerServer);
        Assert.Equal((false, 8443, null, 0, 60), (topology.LoadBalancer.Tls, topology.LoadBalancer.TlsPort, topology.LoadBalancer.Certificate, topology.LoadBalancer.RequestLimit, topology.LoadBalancer.SignInLimit));
        Assert.Equal(("haproxy", "postgres"), (topology.LoadBalancer.Image.Split(':')[0], topology.Postgres.Image.Split(':')[0]));
    }

    [Theory]
    [InlineData("Web:Replicas", "0", "a whole number from 1 to 16")]
    [InlineData("Web:Replicas", "17", "a whole number from 1 to 16")]
    [InlineData("Api:Replicas", "-1", "a whole number from 1 to 16")]
    [InlineData("Api:Replicas", "three", "a whole number from 1 to 16")]
    [InlineData("Api:Replicas", "", "a whole number from 1 to 16")]
    [InlineData("LoadBalancer:Instances", "5", "a whole number from 1 to 4")]
    [InlineData("LoadBalancer:Port", "65536", "a whole number from 0 to 65535")]
    [InlineData("Images:HAProxy", "haproxy", "an image such as haproxy:3.0")]
    [InlineData("Images:Postgres", "PostGres:17", "an image such as postgres:17")]
    [InlineData("Images:Postgres", "postgres:17 --privileged", "an image such as postgres:17")]
    [InlineData("Postgres:Volume", "../data", "the name of a volume")]
    [InlineData("Api:Replica", "5", "Api has Api:Replicas")]
    [InlineData("Web:MaxReplicas", "1", "a whole number from 2 to 16")] // Less than Web:Replicas.
    [InlineData("Web:MaxReplicas", "17", "a whole number from 2 to 16")]
    [InlineData("Api:MaxReplicas", "2", "a whole number from 3 to 16")]
    [InlineData("Api:MaxReplicas", "", "a whole number from 3 to 16")]
    [InlineData("LoadBalancer:Tls", "yes", "true or false")]
    [InlineData("LoadBalancer:TlsPort", "65536", "a whole number from 0 to 65535")]
    [InlineData("LoadBalancer:RequestLimit", "-1", "a whole number from 0 to 1000000")]
    [InlineData("LoadBalancer:RequestLimit", "1000001", "a whole number from 0 to 1000000")]
    [InlineData("LoadBalancer:RequestsPerServer", "0", "a whole number from 1 to 10000")]
    [InlineData("LoadBalancer:ConnectionsPerClient", "-1", "a whole number from 0 to 1000000")]
    [InlineData("LoadBalancer:Hosts", "www.example.com:8080", "without a port")]
    [InlineData("LoadBalancer:Hosts", "a..b", "names such as www.example.com")]
    [InlineData("LoadBalancer:SignInLimit", "many", "a whole number from 0 to 1000000")]
    [InlineData("LoadBalancer:Cert", "a.pem", "LoadBalancer:Certificate")]
    [InlineData("LoadBalancer:VirtualAddress", "192.0.2.80", "such as 192.0.2.80/24")]
    [InlineData("LoadBalancer:VirtualAddress", "192.0.2.256/24", "an IPv4 address")]
    [InlineData("LoadBalancer:VirtualInterface", "", "such as eth0")]
    [InlineData("Postgres:External", "maybe", "true or false")]
    public void An_invalid_setting_is_named_with_its_valid_values(string name, string value, string expected)
    {
        var exception = Assert.Throws<TopologyOptionsException>(() => Read(new() { [name] = value }));

        Assert.Contains($"{name} is", exception.Message);
        Assert.Contains(expected, exception.Message);
        Assert.Contains("--Api:Replicas=5", exception.Message); // An example of the syntax.
    }

    [Fact]
    public void All_invalid_settings_are_named_together()
    {
        var exception = Assert.Throws<TopologyOptionsException>(
            () => Read(new() { ["Web:Replicas"] = "0", ["Images:HAProxy"] = "?" }));

        Assert.Contains("Web:Replicas", exception.Message);
        Assert.Contains("Images:HAProxy", exception.Message);
        Assert.DoesNotContain("   at ", exception.ToString());
    }

    [Theory]
    [InlineData("postgres:17")]
    [InlineData("registry.example.com:5000/team/postgres:17.6-alpine")]
    [InlineData("scaleup-debian/haproxy:3.0")]
    [InlineData("haproxy@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")]
    public void Images_may_come_from_any_registry(string image) =>
        Assert.Equal(image, Read(new() { ["Images:Postgres"] = image }).Postgres.Image);

    [Fact]
    public async Task The_AppHost_rejects_invalid_settings_on_its_command_line()
    {
        var exception = await Assert.ThrowsAsync<TopologyOptionsException>(() =>
            DistributedApplicationTestingBuilder.CreateAsync<Projects.ScaleUp_AppHost>(
                ["--Api:Replicas=99"], TestContext.Current.CancellationToken));

        Assert.Contains("Api:Replicas is '99'", exception.Message);
    }

    [Fact]
    public async Task The_command_line_sets_the_number_of_servers()
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.ScaleUp_AppHost>(
            ["--Api:Replicas=5", "--Web:Replicas=1", "--LoadBalancer:Instances=4", "--LoadBalancer:Port=0"],
            TestContext.Current.CancellationToken);

        Assert.Equal(
            ["api-1", "api-2", "api-3", "api-4", "api-5", "lb-1", "lb-2", "lb-3", "lb-4", "web-1"],
            builder.Resources.Where(r => r is (ProjectResource or HAProxyResource) && !r.IsOnStandby())
                .Select(r => r.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("postgres:17.6", "/var/lib/postgresql/data")]
    [InlineData("postgres:18.3", "/var/lib/postgresql")]
    public async Task The_volume_is_mounted_at_the_data_folder_of_the_image(string image, string folder)
    {
        await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.ScaleUp_AppHost>(
            [$"--Images:Postgres={image}", "--Postgres:Volume=kept", "--LoadBalancer:Port=0"], TestContext.Current.CancellationToken);

        var mount = Assert.Single(builder.Resources.Single(r => r.Name == "postgres").Annotations.OfType<ContainerMountAnnotation>());
        Assert.Equal(("kept", folder), (mount.Source, mount.Target));
    }

    private static AppHost.TopologyOptions Read(Dictionary<string, string?> settings) =>
        new AppHost.TopologyOptionsReader(new ConfigurationBuilder().AddInMemoryCollection(settings).Build()).Read();
}
