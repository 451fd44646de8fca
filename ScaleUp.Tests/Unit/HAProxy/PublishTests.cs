using System.Text.Json;
using System.Text.RegularExpressions;
using Aspire.Hosting.HAProxy;
using Aspire.Hosting.Testing;
using Microsoft.Extensions.Hosting;
using ScaleUp.Tests.Publishing;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.HAProxy;

/// <summary>The published manifest, in which the image of each load balancer contains its configuration.</summary>
public sealed partial class PublishTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Integration]
    public async Task HAProxy_accepts_the_configuration_of_the_published_load_balancers() => await PublishAsync(
        ["--Api:Replicas=5"],
        async (text, folder) =>
        {
            using var manifest = JsonDocument.Parse(text);
            var resources = manifest.RootElement.GetProperty("resources");
            Assert.Equal(
                [
                    "administrator-password", "api", "env", "lb-1", "lb-2", "postgres", "postgres-api-password", "postgres-owner-password",
                    "postgres-password", "scaleup", "statistics-key", "web", "web-service-key",
                ],
                resources.EnumerateObject().Select(r => r.Name).Order(StringComparer.Ordinal));
            foreach (var name in new[] { "lb-1", "lb-2" })
            {
                await CheckAsync(resources.GetProperty(name), name, folder);
            }

            // Only the load balancers have external endpoints.
            Assert.All(resources.EnumerateObject().Where(r => r.Value.TryGetProperty("bindings", out _)), resource =>
                Assert.Equal(resource.Name.StartsWith("lb-", StringComparison.Ordinal),
                    resource.Value.GetProperty("bindings").EnumerateObject()
                        .Any(b => b.Value.TryGetProperty("external", out var external) && external.GetBoolean())));
        });

    [Fact]
    public async Task The_manifest_equals_the_approved_one() => await PublishAsync(
        ["--Images:HAProxy=haproxy:3.4.0", "--Images:Postgres=postgres:17.6"],
        (text, folder) =>
        {
            // The paths of the projects depend on the location of the checkout.
            DeploymentSnapshotTests.Check("manifest", [new("manifest.json", ProjectPath().Replace(text, "\"$1") + "\n")]);
            // BicepTests checks the content of these files.
            foreach (Match path in BicepPath().Matches(text))
            {
                Assert.True(File.Exists(Path.Combine(folder, path.Groups[1].Value)), path.Value);
            }

            return Task.CompletedTask;
        });

    private static async Task PublishAsync(string[] settings, Func<string, string, Task> check)
    {
        var folder = Directory.CreateTempSubdirectory("scaleup-publish-");
        try
        {
            var path = Path.Combine(folder.FullName, "manifest.json");
            await using var builder = await DistributedApplicationTestingBuilder.CreateAsync<Projects.ScaleUp_AppHost>(
                ["--publisher", "manifest", "--output-path", path, .. settings], Cancellation);
            await using var application = await builder.BuildAsync(Cancellation);
            await ((IHost)application).RunAsync(Cancellation);
            await check(await File.ReadAllTextAsync(path, Cancellation), folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task CheckAsync(JsonElement loadBalancer, string name, string folder)
    {
        var path = Path.Combine(folder, loadBalancer.GetProperty("build").GetProperty("dockerfile").GetString()!);
        var dockerfile = await File.ReadAllTextAsync(path, Cancellation);
        var lines = dockerfile.Split('\n');
        Assert.StartsWith("FROM ", lines[0]);
        Assert.StartsWith("COPY <<\"END_OF_CONFIGURATION\" /usr/local/etc/haproxy/haproxy.cfg", lines[1]);
        var configuration = string.Join('\n', lines.Skip(2).TakeWhile(line => line != "END_OF_CONFIGURATION")) + "\n";
        Assert.Contains("server-template api- 5 \"${API}\"", configuration);

        var variables = loadBalancer.GetProperty("env").EnumerateObject().ToDictionary(v => v.Name, v => v.Value.GetString()!);
        Assert.Equal(name, variables["LB_NAME"]);
        Assert.Equal("{api.bindings.http.host}:{api.bindings.http.port}", variables["API"]);
        Assert.Equal("{lb-2.bindings.peers.host}:{lb-2.bindings.peers.port}", variables["LB_2"]);
        var model = new HAProxyModel(
            [name, name == "lb-1" ? "lb-2" : "lb-1"],
            [
                new("api", 8081, IsPublic: false, new("api", []) { DiscoveredServers = 5 }),
                new("public", 8080, IsPublic: true, new("web", []) { DiscoveredServers = 2 }),
            ],
            new HAProxySettings());
        var (exitCode, output) = await HAProxyCheck.RunAsync(model, configuration);
        Assert.True(exitCode == 0 && !output.Contains("WARNING", StringComparison.Ordinal), output);
    }

    [GeneratedRegex("\"[^\"]*/(ScaleUp.\\w+(?:/ScaleUp.\\w+[.]csproj)?)(?=\")")]
    private static partial Regex ProjectPath();

    [GeneratedRegex("\"path\": \"([^\"]+\\.bicep)\"")]
    private static partial Regex BicepPath();
}
