using ScaleUp.Tests.Publishing;

namespace ScaleUp.Tests.Template;

/// <summary>A generated solution builds and starts without changes.</summary>
[Collection(nameof(TemplatePackage))]
public sealed class StartTests(TemplatePackage template)
{
    // This name has different forms in sentences, in C# and in lower case, and sorts before all other namespaces.
    private const string Name = "Acme.My-Shop";

    private static readonly TimeSpan s_buildLimit = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task The_solution_builds_without_warnings_and_starts_and_its_pages_show_its_name()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "This test sends a signal and searches /proc for remaining processes.");
        var solution = await template.CreateAsync(Name);

        var build = await CommandLine.RunAsync(
            s_buildLimit, solution.Folder, "dotnet", "build", "--nologo", $"{solution.Namespace}.AppHost");
        Assert.DoesNotContain(": warning ", build);
        // Analyzers take most of the build of the tests, and have already checked the same code in this repository.
        var tests = await CommandLine.RunAsync(
            s_buildLimit, solution.Folder, "dotnet",
            "build", "--nologo", "--no-dependencies", $"{solution.Namespace}.Tests", "-p:RunAnalyzers=false");
        Assert.DoesNotContain(": warning ", tests);

        var secrets = Directory.CreateDirectory(solution.PathOf("secrets")).FullName;
        await using var started = StartedSolution.Start(solution, secrets);
        var page = await started.ReadPageAsync();
        Assert.Contains($"<title>{Name}</title>", page);
        Assert.Contains($">{Name}</a>", page);
        await started.StopAsync();
    }
}
