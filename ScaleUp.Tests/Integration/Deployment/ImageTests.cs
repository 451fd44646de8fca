using System.Text.Json;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Publishing;

/// <summary>
/// What is in the image of the API, and what is said of it. The image of the web servers is made by the same targets
/// (Directory.Build.targets), from fewer packages.
/// </summary>
[Integration]
public sealed class ImageTests(PublishedImages images) : IClassFixture<PublishedImages>
{
    private const string Project = "ScaleUp.Api";

    [Fact]
    public async Task All_code_is_compiled_for_the_processor_so_that_a_server_starts_soon()
    {
        var image = await images.GetAsync(Project);

        Assert.Contains($"app/{Project}.dll", image.Assemblies);
        Assert.All(image.Assemblies, path => Assert.True(image.IsCompiled(path), path));
    }

    [Fact]
    public async Task The_runtime_is_that_of_the_base_image()
    {
        var image = await images.GetAsync(Project);

        Assert.DoesNotContain("app/System.Private.CoreLib.dll", image.Files.Keys);
        Assert.Equal(["dotnet", $"/app/{Project}.dll"], image.Description.GetProperty("config").GetProperty("Entrypoint").EnumerateArray().Select(word => word.GetString()!));
        Assert.Equal(PublishedImage.Architecture, image.Description.GetProperty("architecture").GetString());
    }

    [Fact]
    public async Task The_bill_of_materials_has_the_base_image_and_every_package()
    {
        var image = await images.GetAsync(Project);
        var components = image.Bill.GetProperty("components").EnumerateArray().ToArray();

        var foundation = Assert.Single(components, component => Text(component, "type") == "container");
        Assert.Equal((image.BaseRepository, image.BaseTag), (Text(foundation, "name"), Text(foundation, "version")));
        Assert.Equal($"pkg:oci/base@{Uri.EscapeDataString(image.BaseDigest)}?repository_url={image.BaseRepository.Replace(":", "%3A", StringComparison.Ordinal)}&tag={image.BaseTag}", Text(foundation, "purl"));
        var hash = Assert.Single(foundation.GetProperty("hashes").EnumerateArray());
        Assert.Equal(("SHA-256", image.BaseDigest), (Text(hash, "alg"), $"sha256:{Text(hash, "content")}"));

        var libraries = components.Where(component => Text(component, "type") == "library").Select(component => Text(component, "name")).ToArray();
        Assert.Contains("Npgsql", libraries);
        Assert.Contains("OpenTelemetry", libraries);
        Assert.Equal(components.Length - 1, libraries.Length);
        Assert.DoesNotContain(libraries, name => name.StartsWith("ScaleUp", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("ScaleUp.Web", "", "", "")] // A build, and a restore, which then want no package for it.
    [InlineData("ScaleUp.Web", "-p:_IsPublishing=true -p:PublishReadyToRun=false", "false", "")]
    [InlineData("ScaleUp.Web", "-p:_IsPublishing=true -p:ContainerRuntimeIdentifier=linux-arm64", "true", "linux-arm64")]
    [InlineData("ScaleUp.Api", "-p:_IsPublishing=true -p:ContainerRuntimeIdentifier=linux-arm64", "true", "linux-arm64")]
    [InlineData("ScaleUp.Web", "-p:_IsPublishing=true -p:RuntimeIdentifier=linux-arm64", "true", "linux-arm64")]
    [InlineData("ScaleUp.Web", "-p:_IsPublishing=true -p:ContainerRuntimeIdentifiers=linux-x64%3Blinux-arm64", "", "")] // Each is published by itself,
    [InlineData("ScaleUp.Web", "-p:_IsPublishing=true -p:ContainerRuntimeIdentifiers=linux-x64%3Blinux-arm64 -p:RuntimeIdentifier=linux-arm64", "true", "linux-arm64")] // so
    [InlineData("ScaleUp.Web", "-p:_IsPublishing=true -p:ContainerRuntimeIdentifiers=linux-x64%3Blinux-arm64 -p:MSBuildIsRestoring=true", "true", "")] // with one restore.
    public async Task Only_publishing_compiles_and_for_the_processor_that_is_asked_for(string project, string arguments, string isCompiled, string platform) =>
        Assert.Equal([isCompiled, platform], await PublishedImages.EvaluateAsync(project, arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), "PublishReadyToRun", "RuntimeIdentifier"));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
