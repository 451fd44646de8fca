using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Settings;

/// <summary>The settings of standby servers, encryption and request limits do in the AppHost what they say.</summary>
public sealed class LoadBalancerSettingsTests
{
    [Theory]
    [InlineData("1", null, 2)]
    [InlineData("5", null, 6)]
    [InlineData("16", null, 16)] // There is no seventeenth.
    [InlineData("4", "4", 4)] // None on standby.
    [InlineData("1", "16", 16)]
    public void There_is_one_server_more_than_run_from_the_start_unless_told(string replicas, string? most, int expected)
    {
        var topology = Read(new() { ["Web:Replicas"] = replicas, ["Web:MaxReplicas"] = most, ["Api:Replicas"] = replicas, ["Api:MaxReplicas"] = most });

        Assert.Equal((expected, expected), (topology.WebMaxReplicas, topology.ApiMaxReplicas));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("TRUE", true)]
    [InlineData("False", false)]
    public void Encryption_is_true_or_false(string value, bool expected) => Assert.Equal(expected, Read(new() { ["LoadBalancer:Tls"] = value }).Tls);

    [Theory]
    [InlineData("", null)]
    [InlineData("/etc/certificates/site.pem", "/etc/certificates/site.pem")]
    public void An_empty_certificate_is_the_one_of_development(string value, string? expected) =>
        Assert.Equal(expected, Read(new() { ["LoadBalancer:Certificate"] = value }).Certificate);

    [Fact]
    public async Task Servers_above_those_that_run_are_on_standby_and_known_to_the_load_balancers()
    {
        await using var builder = await CreateAsync("--Web:MaxReplicas=4");

        Assert.Equal(["api-4", "web-3", "web-4"], builder.Resources.Where(r => r.IsOnStandby()).Select(r => r.Name).Order(StringComparer.Ordinal));
        var web = Cluster(builder).Model.Frontends.Single(frontend => frontend.IsPublic).Backend;
        Assert.Equal([("web-1", false), ("web-2", false), ("web-3", true), ("web-4", true)], web.Servers.Select(server => (server.Name, server.IsStandby)));
    }

    [Fact]
    public async Task Without_encryption_there_is_no_encrypted_endpoint()
    {
        await using var builder = await CreateAsync();

        Assert.DoesNotContain("secure", Cluster(builder).Instances[0].Endpoints());
    }

    [Fact]
    public async Task With_encryption_every_load_balancer_has_an_encrypted_endpoint()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, TestCertificate.NewEcdsa(), TestContext.Current.CancellationToken);
        await using var builder = await CreateAsync("--LoadBalancer:Tls=true", $"--LoadBalancer:Certificate={path}", "--LoadBalancer:TlsPort=20443");
        File.Delete(path);

        Assert.Equal(8443, Cluster(builder).Model.Tls?.Port);
        Assert.All(Cluster(builder).Instances, instance => Assert.Equal(("https", 20443), (instance.Endpoint("secure").UriScheme, instance.Endpoint("secure").Port)));
    }

    [Fact]
    public async Task A_request_limit_holds_for_every_client_in_ten_seconds()
    {
        await using var builder = await CreateAsync("--LoadBalancer:RequestLimit=100", "--LoadBalancer:SignInLimit=0");

        var limit = Assert.Single(Cluster(builder).Settings.Limits);
        Assert.Equal((100, TimeSpan.FromSeconds(10), null, null), (limit.Requests, limit.Period, limit.Method, limit.Path));
    }

    [Fact]
    public async Task Nobody_may_try_passwords_as_fast_as_they_can()
    {
        await using var builder = await CreateAsync();

        var limit = Assert.Single(Cluster(builder).Settings.Limits);
        Assert.Equal((60, TimeSpan.FromMinutes(1), "POST", "/sign-in"), (limit.Requests, limit.Period, limit.Method, limit.Path));
    }

    private static HAProxyClusterResource Cluster(IDistributedApplicationTestingBuilder builder) => builder.Resources.OfType<HAProxyClusterResource>().Single();

    private static Task<IDistributedApplicationTestingBuilder> CreateAsync(params string[] settings) =>
        DistributedApplicationTestingBuilder.CreateAsync<Projects.ScaleUp_AppHost>(["--LoadBalancer:Port=0", .. settings], TestContext.Current.CancellationToken);

    private static AppHost.TopologyOptions Read(Dictionary<string, string?> settings) =>
        AppHost.TopologyOptions.Read(new ConfigurationBuilder().AddInMemoryCollection(settings.Where(s => s.Value is not null)).Build());
}
