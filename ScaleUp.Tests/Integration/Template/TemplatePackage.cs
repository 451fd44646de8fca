using System.IO.Compression;
using ScaleUp.Tests.Drills;
using ScaleUp.Tests.Publishing;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Template;

/// <summary>Packs the template from the work tree and installs it in a temporary hive instead of the user's templates.</summary>
public sealed class TemplatePackage : IAsyncLifetime
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(5);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("scaleup-template-");
    private readonly Dictionary<string, Solution> _solutions = [];

    private string Hive => Path.Combine(_folder.FullName, "hive");

    internal static string Root { get; } = DrillSettings.Root();

    public async ValueTask InitializeAsync()
    {
        var packages = Path.Combine(_folder.FullName, "packages");
        await RunAsync(
            "pack", Path.Combine(Root, "eng", "template"), "--output", packages,
            "--artifacts-path", Path.Combine(_folder.FullName, "build"), "-p:Untracked=true");
        var package = Assert.Single(Directory.GetFiles(packages, "*.nupkg"));
        AssertPathsAreRelative(package);
        await RunAsync("new", "install", package, "--debug:custom-hive", Hive);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    /// <summary>The solution with this name, generated on the first call.</summary>
    internal async Task<Solution> CreateAsync(string name)
    {
        if (!_solutions.TryGetValue(name, out var solution))
        {
            // Without --output, as users do: the name becomes the folder.
            await RunAsync("new", "scaleup", "--name", name, "--debug:custom-hive", Hive);
            solution = _solutions[name] = new Solution(Path.Combine(_folder.FullName, name));
        }

        return solution;
    }

    private Task<string> RunAsync(params string[] arguments) => CommandLine.RunAsync(s_limit, _folder.FullName, "dotnet", arguments);

    // With an empty path segment, `dotnet new` would write to the root of the file system.
    private static void AssertPathsAreRelative(string package)
    {
        using var archive = ZipFile.OpenRead(package);
        Assert.DoesNotContain(archive.Entries, entry => entry.FullName.Split('/').Any(part => part is "" or "." or ".."));
    }
}

/// <summary>The tests of the template, which share one package.</summary>
[Integration]
[CollectionDefinition(nameof(TemplatePackage))]
public sealed class TemplatePackageDefinition : ICollectionFixture<TemplatePackage>;
