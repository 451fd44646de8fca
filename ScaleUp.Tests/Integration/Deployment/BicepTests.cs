using System.Reflection;
using ScaleUp.AppHost.Deployment;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Publishing;

/// <summary>Bicep's compiler, which knows the resource types of Azure and their properties, takes what azd is given.</summary>
[Integration]
public sealed class BicepTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task The_compiler_has_no_error_and_no_warning_for_any_file()
    {
        var compiler = FindCompiler();
        var application = await PublishedTopology.ReadAsync();

        Assert.Empty(await BuildAsync(compiler, [("env", ContainerAppBicep.RenderEnvironment()), .. application.Services.Select(s => (s.Name, ContainerAppBicep.Render(application, s)))]));
    }

    [Fact]
    public async Task Nor_for_a_database_that_is_there_already()
    {
        var compiler = FindCompiler();
        var application = await PublishedTopology.ReadAsync("--Postgres:External=true");

        Assert.Empty(await BuildAsync(compiler, ("api", ContainerAppBicep.Render(application, application["api"]))));
    }

    [Fact]
    public async Task A_property_that_Azure_does_not_know_would_be_found()
    {
        var compiler = FindCompiler();
        var application = await PublishedTopology.ReadAsync();
        var wrong = ContainerAppBicep.Render(application, application["web"]).Replace("minReplicas", "leastReplicas", StringComparison.Ordinal);

        var text = await BuildAsync(compiler, ("web", wrong));

        Assert.Contains("leastReplicas", text);
        Assert.Contains("Warning BCP037", text);
    }

    // One call for all files: the compiler takes longer to start than to compile one.
    private static async Task<string> BuildAsync(string compiler, params (string Name, string Text)[] files)
    {
        var folder = Directory.CreateTempSubdirectory("scaleup-bicep-");
        try
        {
            foreach (var (name, text) in files)
            {
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, $"{name}.bicep"), text, TestContext.Current.CancellationToken);
            }

            var said = await CommandLine.RunAsync(s_limit, folder.FullName, compiler, "build", "--pattern", "*.bicep");
            Assert.All(files, file => Assert.True(File.Exists(Path.Combine(folder.FullName, $"{file.Name}.json")), said));
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
