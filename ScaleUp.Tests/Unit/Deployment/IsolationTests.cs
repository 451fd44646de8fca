using ScaleUp.AppHost.Deployment;

namespace ScaleUp.Tests.Publishing;

/// <summary>Deployed tiers are isolated as in the architecture: a service reaches only the services that it calls.</summary>
public sealed class IsolationTests
{
    [Fact]
    public async Task Services_call_each_other_as_in_the_architecture()
    {
        var application = await PublishedTopology.ReadAsync();

        Assert.Equal(["api:5432"], CallersOf("postgres"));
        Assert.Equal(["lb-1:8080", "lb-2:8080"], CallersOf("api"));
        Assert.Equal(["lb-1:8080", "lb-2:8080"], CallersOf("web"));
        Assert.Equal(["lb-2:10000", "web:8081"], CallersOf("lb-1"));
        Assert.Equal(["lb-1:10000", "web:8081"], CallersOf("lb-2"));

        IEnumerable<string> CallersOf(string name) =>
            application.CallersOf(application[name])
                .Select(call => $"{call.Caller.Name}:{call.Endpoint.Port}").Order(StringComparer.Ordinal);
    }

    [Fact]
    public async Task Only_the_load_balancers_are_public()
    {
        var application = await PublishedTopology.ReadAsync("--LoadBalancer:Instances=4");

        Assert.Equal(
            ["lb-1", "lb-2", "lb-3", "lb-4"],
            application.Services.Where(s => s.Endpoints.Any(e => e.IsExternal)).Select(s => s.Name));
        Assert.Equal(4, Count(application.File("compose", "compose.yaml"), "    ports:\n"));
        Assert.Equal(1, DeploymentExtensions.Targets["kubernetes"](application).Sum(file => Count(file.Text, "type: LoadBalancer")));
        foreach (var service in application.Services)
        {
            Assert.Equal(
                service.Kind == ServiceKind.LoadBalancer,
                ContainerAppBicep.Render(application, service).Contains("external: true", StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task In_Compose_web_servers_share_no_network_with_the_database()
    {
        var compose = (await PublishedTopology.ReadAsync()).File("compose", "compose.yaml");

        Assert.Contains("  web:\n    image:", compose);
        Assert.Contains("networks: [lb, web]", compose);
        Assert.Contains("networks: [postgres, api]", compose);
        Assert.Equal(4, Count(compose, "    internal: true\n"));
    }

    [Fact]
    public async Task Only_services_that_need_a_secret_receive_it()
    {
        var application = await PublishedTopology.ReadAsync();

        // The superuser's, and those of the roles of the application servers.
        Assert.Equal(["postgres"], ServicesWith("postgres-password"));
        Assert.Equal(["api", "postgres"], ServicesWith("postgres-owner-password"));
        Assert.Equal(["api", "postgres"], ServicesWith("postgres-api-password"));
        Assert.Equal(["api", "web"], ServicesWith("web-service-key"));
        Assert.Equal(["lb-1", "lb-2", "web"], ServicesWith("statistics-key"));
        Assert.All(
            application.Services.Where(s => s.Kind == ServiceKind.LoadBalancer),
            s => Assert.Single(s.Environment.Values, ManifestExpressions.IsSecret));

        IEnumerable<string> ServicesWith(string parameter) => application.Services
            .Where(s => s.Environment.Values.Any(text => ManifestExpressions.Parameters(text).Contains(parameter)))
            .Select(s => s.Name)
            .Order(StringComparer.Ordinal);
    }

    private static int Count(string text, string part) => text.Split(part).Length - 1;
}
