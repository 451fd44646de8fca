using System.Text.RegularExpressions;
using System.Xml.Linq;
using ScaleUp.Tests.Publishing;

namespace ScaleUp.Tests.Template;

/// <summary>A generated solution has the files of the repository, and its own IDs.</summary>
[Collection(nameof(TemplatePackage))]
public sealed partial class ContentTests(TemplatePackage template)
{
    private static readonly string[] s_excluded = ["eng/template/", "ScaleUp.Tests/Integration/Template/", "LICENSE"];

    // The template removes lines from these files: about itself, its license and the order of usings.
    private static readonly string[] s_reduced = [".editorconfig", "Directory.Build.targets", "README.md"];

    // These files contain IDs.
    private static readonly string[] s_withIds = ["ScaleUp.AppHost/ScaleUp.AppHost.csproj", "ScaleUp.sln"];

    [Fact]
    public async Task A_solution_named_ScaleUp_equals_the_repository()
    {
        var solution = await template.CreateAsync("ScaleUp");

        Assert.Equal(await RepositoryAsync(), solution.Files);
        Assert.All(solution.Files.Except(s_reduced).Except(s_withIds), path =>
        {
            var expected = File.ReadAllBytes(Path.Combine(TemplatePackage.Root, path));
            Assert.True(File.ReadAllBytes(solution.PathOf(path)).SequenceEqual(expected), path);
        });
        Assert.All(s_reduced, path =>
        {
            var lines = File.ReadAllLines(solution.PathOf(path));
            var all = File.ReadAllLines(Path.Combine(TemplatePackage.Root, path));
            Assert.True(lines.Length < all.Length, path);
            Assert.Empty(lines.Except(all));
            Assert.DoesNotContain(lines, line =>
                line.Contains("#if", StringComparison.Ordinal) || line.Contains("#endif", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task All_projects_references_and_links_exist()
    {
        var solution = await template.CreateAsync("My.Shop");

        var projects = Projects().Matches(solution.Read("My.Shop.sln"))
            .Select(match => match.Groups[1].Value.Replace('\\', '/')).ToArray();
        Assert.Equal(
            solution.FilesOf(".csproj").Where(path => !path.StartsWith("eng/", StringComparison.Ordinal)),
            projects.Order(StringComparer.Ordinal));
        var references = solution.FilesOf(".csproj").SelectMany(path => ReferencesOf(solution.PathOf(path))).ToArray();
        Assert.NotEmpty(references);
        Assert.All(references, path => Assert.True(File.Exists(path), path));
        Assert.All(Links().Matches(solution.Read("README.md")).Select(match => match.Groups[1].Value), path =>
            Assert.True(Path.Exists(solution.PathOf(path)), $"README.md links to {path}, which does not exist."));
    }

    [Fact]
    public async Task Each_solution_has_its_own_IDs()
    {
        var (first, second) = (await template.CreateAsync("MyShop"), await template.CreateAsync("My.Shop"));

        var repository = Ids().Matches(File.ReadAllText(Path.Combine(TemplatePackage.Root, "ScaleUp.sln")));
        var ids = new[] { IdsOf(first), IdsOf(second), [.. repository.Select(match => match.Value)] };
        Assert.All(ids, found => Assert.True(found.Count >= 5, string.Join(' ', found)));
        Assert.Equal(ids.Sum(found => found.Count), ids.SelectMany(found => found).Distinct().Count());
        Assert.True(Guid.TryParse(UserSecretsIdOf(first), out _), UserSecretsIdOf(first));
        Assert.NotEqual(UserSecretsIdOf(first), UserSecretsIdOf(second));
    }

    [Fact]
    public async Task Scripts_are_executable()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no execute permission.");
            return;
        }

        var solution = await template.CreateAsync("MyShop");
        foreach (var path in solution.FilesOf(".sh").Where(path => path.StartsWith("eng/", StringComparison.Ordinal)).Append(".ci/run"))
        {
            Assert.True(File.GetUnixFileMode(solution.PathOf(path)).HasFlag(UnixFileMode.UserExecute), path);
        }
    }

    private static async Task<IEnumerable<string>> RepositoryAsync()
    {
        var files = await CommandLine.RunAsync(
            TimeSpan.FromMinutes(1), TemplatePackage.Root, "git",
            "-c", "core.quotepath=off", "ls-files", "--cached", "--others", "--exclude-standard");
        return files.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(path => File.Exists(Path.Combine(TemplatePackage.Root, path)))
            .Where(path => !s_excluded.Any(prefix => path.StartsWith(prefix, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> ReferencesOf(string project) =>
        XDocument.Load(project).Descendants("ProjectReference")
            .Select(reference => reference.Attribute("Include")!.Value.Replace('\\', '/'))
            .Select(path => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(project)!, path)));

    private static HashSet<string> IdsOf(Solution solution) =>
        [.. Ids().Matches(solution.Read($"{solution.Namespace}.sln")).Select(match => match.Value)];

    private static string UserSecretsIdOf(Solution solution) =>
        XDocument.Load(solution.PathOf($"{solution.Namespace}.AppHost/{solution.Namespace}.AppHost.csproj"))
            .Descendants("UserSecretsId").Single().Value;

    [GeneratedRegex("^Project.*?, \"([^\"]+)\"", RegexOptions.Multiline)]
    private static partial Regex Projects();

    // The last GUID on the line is the project's; the first is the project type.
    [GeneratedRegex("(?<=^Project.*?csproj\", \"\\{)[^}]+", RegexOptions.Multiline)]
    private static partial Regex Ids();

    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)\)")]
    private static partial Regex Links();
}
