using ScaleUp.Tests.Publishing;

namespace ScaleUp.Tests.Template;

/// <summary>What the template makes can be used as it is.</summary>
[Collection(nameof(TemplatePackage))]
public sealed class StartTests(TemplatePackage template)
{
    // One that is written differently in sentences, in C# and in lower case, and that is sorted before all others.
    private const string Name = "Acme.My-Shop";

    private static readonly TimeSpan s_buildLimit = TimeSpan.FromMinutes(15);

    [Fact]
    public async Task The_solution_is_built_without_a_warning_and_starts_and_its_pages_have_its_name()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "It is stopped by a signal, and what is left of it is looked for in /proc.");
        var solution = await template.CreateAsync(Name);

        var build = await CommandLine.RunAsync(s_buildLimit, solution.Folder, "dotnet", "build", "--nologo", $"{solution.Namespace}.AppHost");
        Assert.DoesNotContain(": warning ", build);
        // Most of the tests' build is analyzers, which have seen the same code here under its own name.
        var tests = await CommandLine.RunAsync(s_buildLimit, solution.Folder, "dotnet", "build", "--nologo", "--no-dependencies", $"{solution.Namespace}.Tests", "-p:RunAnalyzers=false");
        Assert.DoesNotContain(": warning ", tests);

        var secrets = Directory.CreateDirectory(solution.PathOf("secrets")).FullName;
        await using var started = StartedSolution.Start(solution, secrets);
        var page = await started.ReadPageAsync();
        Assert.Contains($"<title>{Name}</title>", page);
        Assert.Contains($">{Name}</a>", page);
        await started.StopAsync();
    }
}
