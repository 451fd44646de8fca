using System.Text.Json;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Publishing;

/// <summary>What is in the images of web and API, and what is said of them.</summary>
[Integration]
public sealed class ImageTests(PublishedImages images) : IClassFixture<PublishedImages>
{
    [Theory]
    [InlineData("ScaleUp.Web")]
    [InlineData("ScaleUp.Api")]
    public async Task All_code_is_compiled_for_the_processor_so_that_a_server_starts_soon(string project)
    {
        var image = await images.GetAsync(project);

        Assert.Contains($"app/{project}.dll", image.Assemblies);
        Assert.All(image.Assemblies, path => Assert.True(image.IsCompiled(path), path));
    }

    [Theory]
    [InlineData("ScaleUp.Web")]
    [InlineData("ScaleUp.Api")]
    public async Task The_runtime_is_that_of_the_base_image(string project)
    {
        var image = await images.GetAsync(project);

        Assert.DoesNotContain("app/System.Private.CoreLib.dll", image.Files.Keys);
        Assert.Equal(["dotnet", $"/app/{project}.dll"], image.Description.GetProperty("config").GetProperty("Entrypoint").EnumerateArray().Select(word => word.GetString()!));
        Assert.Equal(PublishedImage.Architecture, image.Description.GetProperty("architecture").GetString());
    }

    [Theory]
    [InlineData("ScaleUp.Web", "OpenTelemetry")]
    [InlineData("ScaleUp.Api", "Npgsql")]
    public async Task The_bill_of_materials_has_the_base_image_and_every_package(string project, string package)
    {
        var image = await images.GetAsync(project);
        var components = image.Bill.GetProperty("components").EnumerateArray().ToArray();

        var foundation = Assert.Single(components, component => Text(component, "type") == "container");
        Assert.Equal((image.BaseRepository, image.BaseTag), (Text(foundation, "name"), Text(foundation, "version")));
        Assert.Equal($"pkg:oci/base@{Uri.EscapeDataString(image.BaseDigest)}?repository_url={image.BaseRepository.Replace(":", "%3A", StringComparison.Ordinal)}&tag={image.BaseTag}", Text(foundation, "purl"));
        var hash = Assert.Single(foundation.GetProperty("hashes").EnumerateArray());
        Assert.Equal(("SHA-256", image.BaseDigest), (Text(hash, "alg"), $"sha256:{Text(hash, "content")}"));

        var libraries = components.Where(component => Text(component, "type") == "library").Select(component => Text(component, "name")).ToArray();
        Assert.Contains(package, libraries);
        Assert.Equal(components.Length - 1, libraries.Length);
        Assert.DoesNotContain(libraries, name => name.StartsWith("ScaleUp", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "", "")] // A build, and a restore, which then want no package for it.
    [InlineData("-p:_IsPublishing=true -p:PublishReadyToRun=false", "false", "")]
    [InlineData("-p:_IsPublishing=true -p:ContainerRuntimeIdentifier=linux-arm64", "true", "linux-arm64")]
    [InlineData("-p:_IsPublishing=true -p:RuntimeIdentifier=linux-arm64", "true", "linux-arm64")]
    [InlineData("-p:_IsPublishing=true -p:ContainerRuntimeIdentifiers=linux-x64%3Blinux-arm64", "", "")] // Each is published by itself,
    [InlineData("-p:_IsPublishing=true -p:ContainerRuntimeIdentifiers=linux-x64%3Blinux-arm64 -p:RuntimeIdentifier=linux-arm64", "true", "linux-arm64")] // so
    [InlineData("-p:_IsPublishing=true -p:ContainerRuntimeIdentifiers=linux-x64%3Blinux-arm64 -p:MSBuildIsRestoring=true", "true", "")] // with one restore.
    public async Task Only_publishing_compiles_and_for_the_processor_that_is_asked_for(string arguments, string isCompiled, string platform) =>
        Assert.Equal([isCompiled, platform], await PublishedImages.EvaluateAsync("ScaleUp.Web", arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries), "PublishReadyToRun", "RuntimeIdentifier"));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;
}
