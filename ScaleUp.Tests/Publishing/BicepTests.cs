using System.Reflection;
using ScaleUp.AppHost.Publishing;

namespace ScaleUp.Tests.Publishing;

/// <summary>Bicep's compiler, which knows the resource types of Azure and their properties, takes what azd is given.</summary>
public sealed class BicepTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task The_compiler_has_no_error_and_no_warning_for_any_file()
    {
        var compiler = FindCompiler();
        var application = await PublishedTopology.ReadAsync();

        await CompileAsync(compiler, [("env", ContainerAppBicep.RenderEnvironment()), .. application.Services.Select(s => (s.Name, ContainerAppBicep.Render(application, s)))]);
    }

    [Fact]
    public async Task Nor_for_a_database_that_is_there_already()
    {
        var compiler = FindCompiler();
        var application = await PublishedTopology.ReadAsync("--Postgres:External=true");

        await CompileAsync(compiler, [("api", ContainerAppBicep.Render(application, application["api"]))]);
    }

    [Fact]
    public async Task A_property_that_Azure_does_not_know_would_be_found()
    {
        var compiler = FindCompiler();
        var application = await PublishedTopology.ReadAsync();
        var wrong = ContainerAppBicep.Render(application, application["web"]).Replace("minReplicas", "leastReplicas", StringComparison.Ordinal);

        var text = await BuildAsync(compiler, "web", wrong);

        Assert.Contains("leastReplicas", text);
        Assert.Contains("Warning BCP037", text);
    }

    private static async Task CompileAsync(string compiler, IEnumerable<(string Name, string Text)> files)
    {
        foreach (var (name, text) in files)
        {
            var said = await BuildAsync(compiler, name, text);
            Assert.True(said.Length == 0, $"{name}.bicep:\n{said}");
        }
    }

    private static async Task<string> BuildAsync(string compiler, string name, string text)
    {
        var folder = Directory.CreateTempSubdirectory("scaleup-bicep-");
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder.FullName, $"{name}.bicep"), text, TestContext.Current.CancellationToken);
            var said = await CommandLine.RunAsync(s_limit, folder.FullName, compiler, "build", $"{name}.bicep");
            Assert.True(File.Exists(Path.Combine(folder.FullName, $"{name}.json")), said);
            return said;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string FindCompiler()
    {
        var path = typeof(BicepTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().SingleOrDefault(data => data.Key == "BicepPath")?.Value;
        Assert.SkipWhen(path is null, "The compiler is had as a package for Linux on x64 only.");
        return path!;
    }
}
