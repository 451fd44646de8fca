using System.Text.RegularExpressions;
using System.Xml.Linq;
using ScaleUp.Tests.Publishing;

namespace ScaleUp.Tests.Template;

/// <summary>What the solution has in it: all that the repository has, and what is each solution's own.</summary>
[Collection(nameof(TemplatePackage))]
public sealed partial class ContentTests(TemplatePackage template)
{
    private static readonly string[] s_leftOut = ["eng/template/", "ScaleUp.Tests/Integration/Template/", "LICENSE"];

    // These lack some lines of the repository's: about the template, of its license, and the order of usings.
    private static readonly string[] s_shortened = [".editorconfig", "Directory.Build.targets", "README.md"];

    // And these have ids of their own.
    private static readonly string[] s_identified = ["ScaleUp.AppHost/ScaleUp.AppHost.csproj", "ScaleUp.sln"];

    [Fact]
    public async Task Under_the_name_of_the_template_nothing_is_otherwise_than_in_the_repository()
    {
        var solution = await template.CreateAsync("ScaleUp");

        Assert.Equal(await RepositoryAsync(), solution.Files);
        Assert.All(solution.Files.Except(s_shortened).Except(s_identified), path =>
            Assert.True(File.ReadAllBytes(solution.PathOf(path)).SequenceEqual(File.ReadAllBytes(Path.Combine(TemplatePackage.Root, path))), path));
        Assert.All(s_shortened, path =>
        {
            var (lines, all) = (File.ReadAllLines(solution.PathOf(path)), File.ReadAllLines(Path.Combine(TemplatePackage.Root, path)));
            Assert.True(lines.Length < all.Length, path);
            Assert.Empty(lines.Except(all));
            Assert.DoesNotContain(lines, line => line.Contains("#if", StringComparison.Ordinal) || line.Contains("#endif", StringComparison.Ordinal));
        });
    }

    [Fact]
    public async Task Every_project_and_every_reference_is_there()
    {
        var solution = await template.CreateAsync("My.Shop");

        var projects = Projects().Matches(solution.Read("My.Shop.sln")).Select(match => match.Groups[1].Value.Replace('\\', '/')).ToArray();
        Assert.Equal(solution.FilesOf(".csproj").Where(path => !path.StartsWith("eng/", StringComparison.Ordinal)), projects.Order(StringComparer.Ordinal));
        var references = solution.FilesOf(".csproj").SelectMany(path => XDocument.Load(solution.PathOf(path)).Descendants("ProjectReference")
            .Select(reference => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(solution.PathOf(path))!, reference.Attribute("Include")!.Value.Replace('\\', '/'))))).ToArray();
        Assert.NotEmpty(references);
        Assert.All(references, path => Assert.True(File.Exists(path), path));
        Assert.All(Links().Matches(solution.Read("README.md")).Select(match => match.Groups[1].Value), path =>
            Assert.True(Path.Exists(solution.PathOf(path)), $"README.md leads to {path}, which is not there."));
    }

    [Fact]
    public async Task No_two_solutions_share_ids()
    {
        var (one, other) = (await template.CreateAsync("MyShop"), await template.CreateAsync("My.Shop"));

        var ids = new[] { IdsOf(one), IdsOf(other), [.. Ids().Matches(File.ReadAllText(Path.Combine(TemplatePackage.Root, "ScaleUp.sln"))).Select(match => match.Value)] };
        Assert.All(ids, found => Assert.True(found.Count >= 5, string.Join(' ', found)));
        Assert.Equal(ids.Sum(found => found.Count), ids.SelectMany(found => found).Distinct().Count());
        Assert.True(Guid.TryParse(SecretsOf(one), out _), SecretsOf(one));
        Assert.NotEqual(SecretsOf(one), SecretsOf(other));
    }

    [Fact]
    public async Task Scripts_can_be_run()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no such permission.");
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
        var files = await CommandLine.RunAsync(TimeSpan.FromMinutes(1), TemplatePackage.Root, "git", "-c", "core.quotepath=off", "ls-files", "--cached", "--others", "--exclude-standard");
        return files.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Where(path => File.Exists(Path.Combine(TemplatePackage.Root, path)) && !s_leftOut.Any(start => path.StartsWith(start, StringComparison.Ordinal)))
            .Order(StringComparer.Ordinal);
    }

    private static HashSet<string> IdsOf(Solution solution) => [.. Ids().Matches(solution.Read($"{solution.Namespace}.sln")).Select(match => match.Value)];

    private static string SecretsOf(Solution solution) =>
        XDocument.Load(solution.PathOf($"{solution.Namespace}.AppHost/{solution.Namespace}.AppHost.csproj")).Descendants("UserSecretsId").Single().Value;

    [GeneratedRegex("^Project.*?, \"([^\"]+)\"", RegexOptions.Multiline)]
    private static partial Regex Projects();

    // The last on the line: the first one says that it is a project of C#.
    [GeneratedRegex("(?<=^Project.*?csproj\", \"\\{)[^}]+", RegexOptions.Multiline)]
    private static partial Regex Ids();

    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)\)")]
    private static partial Regex Links();
}
