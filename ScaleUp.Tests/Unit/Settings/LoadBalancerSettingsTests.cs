using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Configuration;
using ScaleUp.Tests.HAProxy;

namespace ScaleUp.Tests.Settings;

/// <summary>The settings for standby servers, TLS and request limits reach the application model.</summary>
public sealed class LoadBalancerSettingsTests
{
    [Theory]
    [InlineData("1", null, 2)]
    [InlineData("5", null, 6)]
    [InlineData("16", null, 16)] // The limit.
    [InlineData("4", "4", 4)] // No standby server.
    [InlineData("1", "16", 16)]
    public void There_is_one_standby_server_by_default(string replicas, string? max, int expected)
    {
        var topology = Read(new()
        {
            ["Web:Replicas"] = replicas,
            ["Web:MaxReplicas"] = max,
            ["Api:Replicas"] = replicas,
            ["Api:MaxReplicas"] = max,
        });

        Assert.Equal((expected, expected), (topology.Web.MaxReplicas, topology.Api.MaxReplicas));
    }

    [Theory]
    [InlineData("true", true)]
    [InlineData("TRUE", true)]
    [InlineData("False", false)]
    public void Encryption_is_true_or_false(string value, bool expected) => Assert.Equal(expected, Read(new() { ["LoadBalancer:Tls"] = value }).LoadBalancer.Tls);

    [Theory]
    [InlineData("", null)]
    [InlineData("/etc/certificates/site.pem", "/etc/certificates/site.pem")]
    public void An_empty_certificate_is_the_one_of_development(string value, string? expected) =>
        Assert.Equal(expected, Read(new() { ["LoadBalancer:Certificate"] = value }).LoadBalancer.Certificate);

    [Fact]
    public async Task Servers_beyond_the_replicas_are_on_standby_in_the_AppHost_and_the_load_balancers()
    {
        await using var builder = await CreateAsync("--Web:MaxReplicas=4");

        Assert.Equal(
            ["api-4", "web-3", "web-4"],
            builder.Resources.Where(r => r.IsOnStandby()).Select(r => r.Name).Order(StringComparer.Ordinal));
        var web = Cluster(builder).Model.Frontends.Single(frontend => frontend.IsPublic).Backend;
        Assert.Equal(
            [("web-1", false), ("web-2", false), ("web-3", true), ("web-4", true)],
            web.Servers.Select(server => (server.Name, server.IsStandby)));
    }

    [Fact]
    public async Task Without_TLS_there_is_no_HTTPS_endpoint()
    {
        await using var builder = await CreateAsync();

        Assert.DoesNotContain("secure", Cluster(builder).Instances[0].Endpoints());
    }

    [Fact]
    public async Task With_TLS_every_load_balancer_has_an_HTTPS_endpoint()
    {
        var path = Path.GetTempFileName();
        await File.WriteAllTextAsync(path, TestCertificate.NewEcdsa(), TestContext.Current.CancellationToken);
        await using var builder = await CreateAsync(
            "--LoadBalancer:Tls=true", $"--LoadBalancer:Certificate={path}", "--LoadBalancer:TlsPort=20443");
        File.Delete(path);

        Assert.Equal(8443, Cluster(builder).Model.Tls?.Port);
        var endpoints = Cluster(builder).Instances.Select(instance => instance.Endpoint("secure"));
        Assert.All(endpoints, endpoint => Assert.Equal(("https", 20443), (endpoint.UriScheme, endpoint.Port)));
    }

    [Fact]
    public async Task The_request_limit_counts_all_requests_of_a_client_in_ten_seconds()
    {
        await using var builder = await CreateAsync("--LoadBalancer:RequestLimit=100", "--LoadBalancer:SignInLimit=0");

        var limit = Assert.Single(Cluster(builder).Settings.Limits);
        Assert.Equal((100, TimeSpan.FromSeconds(10), null, null), (limit.Requests, limit.Period, limit.Method, limit.Path));
    }

    [Fact]
    public async Task Sign_in_is_rate_limited_by_default()
    {
        await using var builder = await CreateAsync();

        var limit = Assert.Single(Cluster(builder).Settings.Limits);
        Assert.Equal((60, TimeSpan.FromMinutes(1), "POST", "/sign-in"), (limit.Requests, limit.Period, limit.Method, limit.Path));
    }

    private static HAProxyClusterResource Cluster(IDistributedApplicationTestingBuilder builder) =>
        builder.Resources.OfType<HAProxyClusterResource>().Single();

    private static Task<IDistributedApplicationTestingBuilder> CreateAsync(params string[] settings) =>
        DistributedApplicationTestingBuilder.CreateAsync<Projects.ScaleUp_AppHost>(
            ["--LoadBalancer:Port=0", .. settings], TestContext.Current.CancellationToken);

    private static AppHost.TopologyOptions Read(Dictionary<string, string?> settings) =>
        new AppHost.TopologyOptionsReader(new ConfigurationBuilder().AddInMemoryCollection(settings.Where(s => s.Value is not null)).Build()).Read();
}
