using System.Runtime.CompilerServices;
using ScaleUp.AppHost.Deployment;

namespace ScaleUp.Tests.Publishing;

/// <summary>
/// Compares the published files with approved copies, so that a change of the topology or of the publishers is reviewed. To approve a
/// change, run this test with SCALEUP_APPROVE=1 and review the diff.
/// </summary>
public sealed class DeploymentSnapshotTests
{
    private const string Prefix = "Approved/";

    [Theory]
    [InlineData("compose", "compose")]
    [InlineData("compose", "compose-virtual-address", "--LoadBalancer:VirtualAddress=192.0.2.80/24")]
    [InlineData("kubernetes", "kubernetes")]
    public async Task The_published_files_equal_the_approved_files(string form, string folder, params string[] settings)
    {
        var application = await PublishedTopology.ReadAsync(settings);
        if (settings.Length > 0)
        {
            application = application with { VirtualAddress = new VirtualAddress("192.0.2.80/24", "eth0") };
        }

        // Secrets differ in each run; haproxy.cfg is the same in every form and has its own test below.
        Check(
            folder,
            DeploymentExtensions.Targets[form](application).Where(file => !file.IsSecret && Path.GetFileName(file.Path) != "haproxy.cfg"));
    }

    [Fact]
    public async Task The_Bicep_files_equal_the_approved_files()
    {
        var application = await PublishedTopology.ReadAsync();

        Check("azure",
        [
            new("env.bicep", ContainerAppBicep.RenderEnvironment()),
            .. application.Services.Select(s => new PublishedFile($"{s.Name}.bicep", ContainerAppBicep.Render(application, s))),
        ]);
    }

    [Fact]
    public async Task The_load_balancer_configuration_equals_the_approved_one_and_is_the_same_in_every_form()
    {
        var application = await PublishedTopology.ReadAsync();
        var configuration = application.File("compose", "haproxy.cfg");

        Check("haproxy", [new("haproxy.cfg", configuration)]);
        Assert.Equal(configuration, application.File("kubernetes", "load-balancer/haproxy.cfg"));
        var loadBalancers = application.Services.Where(s => s.Kind == ServiceKind.LoadBalancer);
        Assert.All(loadBalancers, loadBalancer => Assert.Equal(configuration, loadBalancer.Configuration));
    }

    internal static void Check(string folder, IEnumerable<PublishedFile> files)
    {
        var published = files.ToDictionary(file => $"{Prefix}{folder}/{file.Path}", file => file.Text);
        if (Environment.GetEnvironmentVariable("SCALEUP_APPROVE") == "1")
        {
            foreach (var (path, text) in published)
            {
                var target = Path.Combine(Path.GetDirectoryName(ThisFile())!, path);
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.WriteAllText(target, text);
            }

            return;
        }

        var assembly = typeof(DeploymentSnapshotTests).Assembly;
        Assert.Equal(
            assembly.GetManifestResourceNames()
                .Where(name => name.StartsWith($"{Prefix}{folder}/", StringComparison.Ordinal)).Order(StringComparer.Ordinal),
            published.Keys.Order(StringComparer.Ordinal));
        foreach (var (path, text) in published)
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(path)!);
            Assert.Equal(reader.ReadToEnd().ReplaceLineEndings("\n"), text);
        }
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
