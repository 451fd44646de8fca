using System.Reflection;
using ScaleUp.AppHost.Deployment;
using ScaleUp.Tests.Suite;

namespace ScaleUp.Tests.Publishing;

/// <summary>The Bicep compiler, which checks Azure's resource types and properties, accepts the files for azd.</summary>
[Integration]
public sealed class BicepTests
{
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task All_files_compile_without_errors_or_warnings()
    {
        var compiler = FindCompiler();
        var application = await PublishedTopology.ReadAsync();

        var output = await BuildAsync(compiler,
        [
            ("env", ContainerAppBicep.RenderEnvironment()),
            .. application.Services.Select(s => (s.Name, ContainerAppBicep.Render(application, s))),
        ]);

        Assert.Empty(output);
    }

    [Fact]
    public async Task Files_for_an_external_database_compile_without_errors_or_warnings()
    {
        var compiler = FindCompiler();
        var application = await PublishedTopology.ReadAsync("--Postgres:External=true");

        Assert.Empty(await BuildAsync(compiler, ("api", ContainerAppBicep.Render(application, application["api"]))));
    }

    [Fact]
    public async Task The_test_detects_an_unknown_property()
    {
        var compiler = FindCompiler();
        var application = await PublishedTopology.ReadAsync();
        var invalid = ContainerAppBicep.Render(application, application["web"])
            .Replace("minReplicas", "unknownProperty", StringComparison.Ordinal);

        var output = await BuildAsync(compiler, ("web", invalid));

        Assert.Contains("unknownProperty", output);
        Assert.Contains("Warning BCP037", output);
    }

    // One call compiles all files, because the compiler takes longer to start than to compile a file.
    private static async Task<string> BuildAsync(string compiler, params (string Name, string Text)[] files)
    {
        var folder = Directory.CreateTempSubdirectory("scaleup-bicep-");
        try
        {
            foreach (var (name, text) in files)
            {
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, $"{name}.bicep"), text, TestContext.Current.CancellationToken);
            }

            var output = await CommandLine.RunAsync(s_limit, folder.FullName, compiler, "build", "--pattern", "*.bicep");
            Assert.All(files, file => Assert.True(File.Exists(Path.Combine(folder.FullName, $"{file.Name}.json")), output));
            return output;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static string FindCompiler()
    {
        var path = typeof(BicepTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .SingleOrDefault(data => data.Key == "BicepPath")?.Value;
        Assert.SkipWhen(path is null, "The test project references the package of the Bicep compiler on Linux x64 only.");
        return path!;
    }
}
