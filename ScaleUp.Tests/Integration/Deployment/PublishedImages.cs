using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using ScaleUp.Tests.Drills;

namespace ScaleUp.Tests.Publishing;

/// <summary>Publishes the images of web and API as <c>eng/publish.sh</c> does, but as files and on a base image of this process.</summary>
public sealed class PublishedImages : IAsyncLifetime
{
    private const string Tag = "1.0";

    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(15);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("scaleup-images-");
    private readonly Dictionary<string, Task<PublishedImage>> _images = [];
    private BaseImageRegistry _registry = null!;

    public async ValueTask InitializeAsync() => _registry = await BaseImageRegistry.StartAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await (_registry?.DisposeAsync() ?? ValueTask.CompletedTask);
        _folder.Delete(recursive: true);
    }

    /// <summary>The image of a project, published on the first call.</summary>
    internal Task<PublishedImage> GetAsync(string project)
    {
        if (!_images.TryGetValue(project, out var image))
        {
            _images[project] = image = PublishAsync(project);
        }

        return image;
    }

    /// <summary>Evaluates MSBuild properties of a project with these arguments, without a build.</summary>
    internal static async Task<string[]> EvaluateAsync(string project, string[] arguments, params string[] properties)
    {
        var text = await CommandLine.RunAsync(
            s_limit, DrillSettings.Root(), "dotnet",
            ["msbuild", project, .. arguments, .. properties.Select(name => $"-getProperty:{name}")]);
        using var json = JsonDocument.Parse(text);
        return [.. properties.Select(name => json.RootElement.GetProperty("Properties").GetProperty(name).GetString()!)];
    }

    private async Task<PublishedImage> PublishAsync(string project)
    {
        var folder = _folder.CreateSubdirectory(project).FullName;
        var archive = Path.Combine(folder, "image.tar");
        // A separate folder keeps the ReadyToRun code for the next run, because compiling the same libraries again takes a minute.
        var artifacts = Path.Combine(DrillSettings.Root(), "artifacts", "test-images");
        var (exitCode, output) = await CommandLine.TryRunAsync(
            s_limit, DrillSettings.Root(), "dotnet",
            "publish", project, "--configuration", "Release", "-t:PublishContainer", "--artifacts-path", artifacts,
            $"-p:ContainerBaseImage={_registry.Repository}:{Tag}", $"-p:ContainerArchiveOutputPath={archive}",
            $"-p:ImageDescription={folder}", "-p:RunAnalyzers=false");
        Assert.True(exitCode == 0, output);

        var bill = await CommandLine.RunAsync(
            s_limit, DrillSettings.Root(), "dotnet",
            "run", "eng/sbom.cs", Path.Combine(folder, $"{project}.deps.json"), Path.Combine(folder, "labels"));
        var (files, configuration) = Read(archive);
        var digest = _registry[PublishedImage.Architecture];
        return new(project, files, configuration, JsonElement.Parse(bill), _registry.Repository, Tag, digest);
    }

    // The format of `docker load`: a tar archive with the image configuration and the layers, which are compressed tar archives.
    private static (Dictionary<string, byte[]> Files, JsonElement Configuration) Read(string archive)
    {
        var parts = ReadTar(File.OpenRead(archive)).ToDictionary(part => part.Name, part => part.Content);
        var manifest = JsonElement.Parse(parts["manifest.json"])[0];
        var files = new Dictionary<string, byte[]>();
        foreach (var layer in manifest.GetProperty("Layers").EnumerateArray())
        {
            var compressed = new MemoryStream(parts[layer.GetString()!]);
            foreach (var (name, content) in ReadTar(new GZipStream(compressed, CompressionMode.Decompress)))
            {
                files[name.TrimStart('/')] = content;
            }
        }

        return (files, JsonElement.Parse(parts[manifest.GetProperty("Config").GetString()!]));
    }

    private static IEnumerable<(string Name, byte[] Content)> ReadTar(Stream stream)
    {
        using var tar = new TarReader(stream);
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.DataStream is { } data)
            {
                using var content = new MemoryStream();
                data.CopyTo(content);
                yield return (entry.Name, content.ToArray());
            }
        }
    }
}
