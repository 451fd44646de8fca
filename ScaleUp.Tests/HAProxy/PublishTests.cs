using System.Text.Json;
using Aspire.Hosting;
using Aspire.Hosting.HAProxy;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Hosting;

namespace ScaleUp.Tests.HAProxy;

/// <summary>What is handed to a deployment tool: load balancers whose image holds their configuration.</summary>
public sealed class PublishTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_published_load_balancers_have_a_configuration_that_haproxy_accepts()
    {
        // The stand-ins of eng/offline do not publish.
        Assert.SkipWhen(typeof(DistributedApplication).Assembly.GetType("Aspire.Hosting.Publishing.ManifestPublisher") is null, "This build of Aspire cannot publish.");
        var folder = Directory.CreateTempSubdirectory("scaleup-publish-");
        try
        {
            var path = Path.Combine(folder.FullName, "manifest.json");
            await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.ScaleUp_AppHost>(
                ["--publisher", "manifest", "--output-path", path, "--Api:Replicas=5"], Cancellation);
            await using var application = await builder.BuildAsync(Cancellation);
            await ((IHost)application).RunAsync(Cancellation);

            using var manifest = JsonDocument.Parse(await File.ReadAllTextAsync(path, Cancellation));
            var resources = manifest.RootElement.GetProperty("resources");
            Assert.Equal(["administrator-password", "api", "lb-1", "lb-2", "postgres", "postgres-password", "scaleup", "web", "web-service-key"],
                resources.EnumerateObject().Select(r => r.Name).Where(name => !name.Contains("uri-encoded", StringComparison.Ordinal)).Order(StringComparer.Ordinal));
            foreach (var name in new[] { "lb-1", "lb-2" })
            {
                await CheckAsync(resources.GetProperty(name), name, folder.FullName);
            }

            // Only the load balancers are reached from outside.
            Assert.All(resources.EnumerateObject().Where(r => r.Value.TryGetProperty("bindings", out _)), resource =>
                Assert.Equal(resource.Name.StartsWith("lb-", StringComparison.Ordinal),
                    resource.Value.GetProperty("bindings").EnumerateObject().Any(b => b.Value.TryGetProperty("external", out var external) && external.GetBoolean())));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task CheckAsync(JsonElement loadBalancer, string name, string folder)
    {
        var dockerfile = await File.ReadAllTextAsync(Path.Combine(folder, loadBalancer.GetProperty("build").GetProperty("dockerfile").GetString()!), Cancellation);
        var lines = dockerfile.Split('\n');
        Assert.StartsWith("FROM ", lines[0]);
        Assert.StartsWith("COPY <<\"END_OF_CONFIGURATION\" /usr/local/etc/haproxy/haproxy.cfg", lines[1]);
        var configuration = string.Join('\n', lines.Skip(2).TakeWhile(line => line != "END_OF_CONFIGURATION")) + "\n";
        Assert.Contains("server-template api- 5 \"${API}\"", configuration);

        var variables = loadBalancer.GetProperty("env").EnumerateObject().ToDictionary(v => v.Name, v => v.Value.GetString()!);
        Assert.Equal(name, variables["LB_NAME"]);
        Assert.Equal("{api.bindings.http.host}:{api.bindings.http.port}", variables["API"]);
        Assert.Equal("{lb-2.bindings.peers.host}:{lb-2.bindings.peers.port}", variables["LB_2"]);
        var (exitCode, output) = await HAProxyCheck.RunAsync(new HAProxyModel([name, name == "lb-1" ? "lb-2" : "lb-1"],
            [new("api", 8081, IsPublic: false, new("api", []) { DiscoveredServers = 5 }), new("public", 8080, IsPublic: true, new("web", []) { DiscoveredServers = 2 })],
            new HAProxySettings()), configuration);
        Assert.True(exitCode == 0 && !output.Contains("WARNING", StringComparison.Ordinal), output);
    }
}
