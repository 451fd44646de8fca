using System.Globalization;
using System.Text.RegularExpressions;
using ScaleUp.AppHost.Deployment;

namespace ScaleUp.Tests.Publishing;

/// <summary>Containers have the same CPU and memory requirements in every published form.</summary>
public sealed class ResourceRequirementsTests
{
    [Fact]
    public async Task A_replica_has_the_same_resource_requirements_in_every_form()
    {
        var application = await PublishedTopology.ReadAsync();

        foreach (var service in application.Services)
        {
            var requirements = ResourceRequirements.Of(service);
            Assert.InRange(requirements.Memory, 1, requirements.MemoryLimit);
            Assert.Contains(
                $"resources:\n            requests:\n              cpu: {requirements.Cpu}m\n"
                + $"              memory: {requirements.Memory}Mi\n"
                + $"            limits:\n              memory: {requirements.MemoryLimit}Mi\n",
                application.File("kubernetes", $"{service.Group}.yaml"));
            Assert.Contains(
                $"memory: {requirements.MemoryLimit}M\n", Section(application.File("compose", "compose.yaml"), $"  {service.Name}:\n"));
            // Container Apps accepts these combinations only, https://learn.microsoft.com/azure/container-apps/containers#allocations.
            var bicep = Regex.Match(
                ContainerAppBicep.Render(application, service), @"resources: \{ cpu: json\('([0-9.]+)'\), memory: '([0-9.]+)Gi' \}");
            var cores = decimal.Parse(bicep.Groups[1].Value, CultureInfo.InvariantCulture);
            var gibibytes = decimal.Parse(bicep.Groups[2].Value, CultureInfo.InvariantCulture);
            Assert.Equal((0, 2 * cores), (cores % 0.25m, gibibytes));
            Assert.True(gibibytes * 1024 >= requirements.MemoryLimit && cores * 1000 >= 2 * requirements.Cpu, bicep.Value);
        }
    }

    [Fact]
    public async Task Every_container_in_Compose_has_a_memory_limit()
    {
        var application = await PublishedTopology.ReadAsync() with { VirtualAddress = new VirtualAddress("192.0.2.80/24", "eth0") };
        var compose = application.File("compose", "compose.yaml");
        var services = compose.Split("\nservices:\n")[1].Split("\nnetworks:\n")[0];
        var names = Regex.Matches(services, "^  ([a-z0-9-]+):$", RegexOptions.Multiline).Select(match => match.Groups[1].Value).ToArray();

        Assert.Contains("keepalived-lb-1", names);
        Assert.All(names, name => Assert.Matches("\n          memory: [0-9]+M\n", Section(compose, $"  {name}:\n")));
        Assert.Contains($"memory: {ResourceRequirements.Keepalived.MemoryLimit}M\n", Section(compose, "  keepalived-lb-2:\n"));
    }

    [Fact]
    public async Task The_database_has_more_shared_memory_than_the_container_default_of_64_MB()
    {
        var application = await PublishedTopology.ReadAsync();
        var requirements = ResourceRequirements.Of(application["postgres"]);

        // Shared memory counts toward the container's memory limit, and the rest of the database needs memory too.
        Assert.InRange(requirements.SharedMemory ?? 0, 64 + 1, requirements.MemoryLimit / 2);
        Assert.Contains($"shm_size: {requirements.SharedMemory}m\n", Section(application.File("compose", "compose.yaml"), "  postgres:\n"));
        var workload = application.File("kubernetes", "postgres.yaml");
        Assert.Contains(
            "- name: shared-memory\n          emptyDir:\n            medium: Memory\n"
            + $"            sizeLimit: {requirements.SharedMemory}Mi\n",
            workload);
        Assert.Contains("- name: shared-memory\n              mountPath: /dev/shm\n", workload);
        Assert.All(
            application.Services.Where(s => s.Kind != ServiceKind.Database), s => Assert.Null(ResourceRequirements.Of(s).SharedMemory));
    }

    // The lines of one service in compose.yaml.
    private static string Section(string compose, string heading) =>
        Regex.Split(compose.Split("\n" + heading, 2)[1], "^  (?! )", RegexOptions.Multiline)[0];
}
