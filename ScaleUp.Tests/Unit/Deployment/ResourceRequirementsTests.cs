using System.Globalization;
using System.Text.RegularExpressions;
using ScaleUp.AppHost.Deployment;

namespace ScaleUp.Tests.Publishing;

/// <summary>What a container gets of its machine, and no more: said once, the same in every published form.</summary>
public sealed class ResourceRequirementsTests
{
    [Fact]
    public async Task A_replica_gets_the_same_of_its_machine_wherever_it_is_deployed()
    {
        var application = await PublishedTopology.ReadAsync();

        foreach (var service in application.Services)
        {
            var allocation = ResourceRequirements.Of(service);
            Assert.InRange(allocation.Memory, 1, allocation.MemoryLimit);
            Assert.Contains($"resources:\n            requests:\n              cpu: {allocation.Cpu}m\n              memory: {allocation.Memory}Mi\n            limits:\n              memory: {allocation.MemoryLimit}Mi\n", application.File("kubernetes", $"{service.Group}.yaml"));
            Assert.Contains($"memory: {allocation.MemoryLimit}M\n", Section(application.File("compose", "compose.yaml"), $"  {service.Name}:\n"));
            // Container Apps refuses other combinations than these, https://learn.microsoft.com/azure/container-apps/containers#allocations.
            var given = Regex.Match(ContainerAppBicep.Render(application, service), @"resources: \{ cpu: json\('([0-9.]+)'\), memory: '([0-9.]+)Gi' \}");
            var (cores, gibibytes) = (decimal.Parse(given.Groups[1].Value, CultureInfo.InvariantCulture), decimal.Parse(given.Groups[2].Value, CultureInfo.InvariantCulture));
            Assert.Equal((0, 2 * cores), (cores % 0.25m, gibibytes));
            Assert.True(gibibytes * 1024 >= allocation.MemoryLimit && cores * 1000 >= 2 * allocation.Cpu, given.Value);
        }
    }

    [Fact]
    public async Task No_container_in_Compose_is_without_a_limit_of_memory()
    {
        var compose = (await PublishedTopology.ReadAsync() with { VirtualAddress = new VirtualAddress("192.0.2.80/24", "eth0") }).File("compose", "compose.yaml");
        var services = compose.Split("\nservices:\n")[1].Split("\nnetworks:\n")[0];
        var names = Regex.Matches(services, "^  ([a-z0-9-]+):$", RegexOptions.Multiline).Select(match => match.Groups[1].Value).ToArray();

        Assert.Contains("keepalived-lb-1", names);
        Assert.All(names, name => Assert.Matches("\n          memory: [0-9]+M\n", Section(compose, $"  {name}:\n")));
        Assert.Contains($"memory: {ResourceRequirements.Keepalived.MemoryLimit}M\n", Section(compose, "  keepalived-lb-2:\n"));
    }

    [Fact]
    public async Task The_processes_of_the_database_have_more_memory_to_share_than_containers_have_by_themselves()
    {
        var application = await PublishedTopology.ReadAsync();
        var allocation = ResourceRequirements.Of(application["postgres"]);

        // It counts as the container's memory, of which the rest of the database needs some too.
        Assert.InRange(allocation.SharedMemory ?? 0, 64 + 1, allocation.MemoryLimit / 2);
        Assert.Contains($"shm_size: {allocation.SharedMemory}m\n", Section(application.File("compose", "compose.yaml"), "  postgres:\n"));
        var workload = application.File("kubernetes", "postgres.yaml");
        Assert.Contains($"- name: shared-memory\n          emptyDir:\n            medium: Memory\n            sizeLimit: {allocation.SharedMemory}Mi\n", workload);
        Assert.Contains("- name: shared-memory\n              mountPath: /dev/shm\n", workload);
        Assert.All(application.Services.Where(s => s.Kind != ServiceKind.Database), s => Assert.Null(ResourceRequirements.Of(s).SharedMemory));
    }

    // The lines of a service in compose.yaml: up to the next one's.
    private static string Section(string compose, string begin) => Regex.Split(compose.Split(begin, 2)[1], "^  (?! )", RegexOptions.Multiline)[0];
}
