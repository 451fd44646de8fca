using System.Text.Json;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Publishing;

/// <summary>
/// The content and the bill of materials of the API's image. The same targets (Directory.Build.targets) build the image of the web
/// servers, from fewer packages.
/// </summary>
[Integration]
public sealed class ImageTests(PublishedImages images) : IClassFixture<PublishedImages>
{
    private const string Project = "ScaleUp.Api";

    [Fact]
    public async Task All_assemblies_are_ReadyToRun_so_that_servers_start_fast()
    {
        var image = await images.GetAsync(Project);

        Assert.Contains($"app/{Project}.dll", image.Assemblies);
        Assert.All(image.Assemblies, path => Assert.True(image.IsReadyToRun(path), path));
    }

    [Fact]
    public async Task The_image_uses_the_runtime_of_its_base_image()
    {
        var image = await images.GetAsync(Project);

        Assert.DoesNotContain("app/System.Private.CoreLib.dll", image.Files.Keys);
        var entrypoint = image.Configuration.GetProperty("config").GetProperty("Entrypoint").EnumerateArray();
        Assert.Equal(["dotnet", $"/app/{Project}.dll"], entrypoint.Select(argument => argument.GetString()!));
        Assert.Equal(PublishedImage.Architecture, image.Configuration.GetProperty("architecture").GetString());
    }

    [Fact]
    public async Task The_bill_of_materials_lists_the_base_image_and_every_package()
    {
        var image = await images.GetAsync(Project);
        var components = image.BillOfMaterials.GetProperty("components").EnumerateArray().ToArray();

        var baseImage = Assert.Single(components, component => Text(component, "type") == "container");
        Assert.Equal((image.BaseRepository, image.BaseTag), (Text(baseImage, "name"), Text(baseImage, "version")));
        var repository = image.BaseRepository.Replace(":", "%3A", StringComparison.Ordinal);
        Assert.Equal(
            $"pkg:oci/base@{Uri.EscapeDataString(image.BaseDigest)}?repository_url={repository}&tag={image.BaseTag}",
            Text(baseImage, "purl"));
        var hash = Assert.Single(baseImage.GetProperty("hashes").EnumerateArray());
        Assert.Equal(("SHA-256", image.BaseDigest), (Text(hash, "alg"), $"sha256:{Text(hash, "content")}"));

        var libraries = components.Where(component => Text(component, "type") == "library")
            .Select(component => Text(component, "name")).ToArray();
        Assert.Contains("Npgsql", libraries);
        Assert.Contains("OpenTelemetry", libraries);
        Assert.Equal(components.Length - 1, libraries.Length);
        Assert.DoesNotContain(libraries, name => name.StartsWith("ScaleUp", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ScaleUp.Web", "", "", "")] // A build or restore must not require the compiler's package.
    [InlineData("ScaleUp.Web", "-p:_IsPublishing=true -p:PublishReadyToRun=false", "false", "")]
    [InlineData("ScaleUp.Web", "-p:_IsPublishing=true -p:ContainerRuntimeIdentifier=linux-arm64", "true", "linux-arm64")]
    [InlineData("ScaleUp.Api", "-p:_IsPublishing=true -p:ContainerRuntimeIdentifier=linux-arm64", "true", "linux-arm64")]
    [InlineData("ScaleUp.Web", "-p:_IsPublishing=true -p:RuntimeIdentifier=linux-arm64", "true", "linux-arm64")]
    // With several platforms, the outer publish runs one inner publish per platform, after one restore for all.
    [InlineData("ScaleUp.Web", "-p:_IsPublishing=true -p:ContainerRuntimeIdentifiers=linux-x64%3Blinux-arm64", "", "")]
    [InlineData(
        "ScaleUp.Web",
        "-p:_IsPublishing=true -p:ContainerRuntimeIdentifiers=linux-x64%3Blinux-arm64 -p:RuntimeIdentifier=linux-arm64",
        "true",
        "linux-arm64")]
    [InlineData(
        "ScaleUp.Web",
        "-p:_IsPublishing=true -p:ContainerRuntimeIdentifiers=linux-x64%3Blinux-arm64 -p:MSBuildIsRestoring=true",
        "true",
        "")]
    public async Task Only_publishing_compiles_ReadyToRun_and_for_the_requested_platform(
        string project, string arguments, string isReadyToRun, string platform)
    {
        var properties = await PublishedImages.EvaluateAsync(
            project, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), "PublishReadyToRun", "RuntimeIdentifier");

        Assert.Equal([isReadyToRun, platform], properties);
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
