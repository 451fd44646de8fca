using ScaleUp.AppHost.Deployment;

namespace ScaleUp.Tests.Publishing;

/// <summary>Deployed, tiers are as far from each other as in the picture: who is told an address reaches it, and nobody else does.</summary>
public sealed class IsolationTests
{
    [Fact]
    public async Task Who_calls_whom_is_what_the_picture_shows()
    {
        var application = await PublishedTopology.ReadAsync();

        Assert.Equal(["api:5432"], CallersOf("postgres"));
        Assert.Equal(["lb-1:8080", "lb-2:8080"], CallersOf("api"));
        Assert.Equal(["lb-1:8080", "lb-2:8080"], CallersOf("web"));
        Assert.Equal(["lb-2:10000", "web:8081"], CallersOf("lb-1"));
        Assert.Equal(["lb-1:10000", "web:8081"], CallersOf("lb-2"));

        IEnumerable<string> CallersOf(string name) =>
            application.CallersOf(application[name]).Select(call => $"{call.Caller.Name}:{call.Endpoint.Port}").Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task Only_the_load_balancers_are_reached_by_visitors()
    {
        var application = await PublishedTopology.ReadAsync("--LoadBalancer:Instances=4");

        Assert.Equal(["lb-1", "lb-2", "lb-3", "lb-4"], application.Services.Where(s => s.Endpoints.Any(e => e.IsExternal)).Select(s => s.Name));
        Assert.Equal(4, Count(application.File("compose", "compose.yaml"), "    ports:\n"));
        Assert.Equal(1, DeploymentExtensions.Targets["kubernetes"](application).Sum(file => Count(file.Text, "type: LoadBalancer")));
        foreach (var service in application.Services)
        {
            Assert.Equal(service.Kind == ServiceKind.LoadBalancer, ContainerAppBicep.Render(application, service).Contains("external: true", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task In_compose_web_servers_share_no_network_with_the_database()
    {
        var compose = (await PublishedTopology.ReadAsync()).File("compose", "compose.yaml");

        Assert.Contains("  web:\n    image:", compose);
        Assert.Contains("networks: [lb, web]", compose);
        Assert.Contains("networks: [postgres, api]", compose);
        Assert.Equal(4, Count(compose, "    internal: true\n"));
    }

    [Fact]
    public async Task Nobody_but_who_needs_it_is_told_a_secret()
    {
        var application = await PublishedTopology.ReadAsync();

        Assert.Equal(["api", "postgres"], Knowing("postgres-password"));
        Assert.Equal(["api", "web"], Knowing("web-service-key"));
        Assert.DoesNotContain(application.Services.Where(s => s.Kind == ServiceKind.LoadBalancer), s => s.Environment.Values.Any(ManifestExpressions.IsSecret));

        IEnumerable<string> Knowing(string parameter) =>
            application.Services.Where(s => s.Environment.Values.Any(text => ManifestExpressions.Parameters(text).Contains(parameter))).Select(s => s.Name).Order(StringComparer.Ordinal);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
