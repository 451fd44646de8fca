namespace ScaleUp.Tests.Template;

/// <summary>A solution that the template generated.</summary>
/// <param name="Folder">The absolute path of its folder.</param>
internal sealed record Solution(string Folder)
{
    private static readonly string[] s_buildFolders = ["bin", "obj"];

    /// <summary>The relative paths of its files, with forward slashes and without build output.</summary>
    public IReadOnlyList<string> Files { get; } =
    [
        .. Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Folder, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Intersect(s_buildFolders).Any())
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The paths of the files with this ending, for example <c>.cs</c>.</summary>
    public IEnumerable<string> FilesOf(string ending) => Files.Where(path => path.EndsWith(ending, StringComparison.Ordinal));

    /// <summary>The common prefix of its projects and namespaces.</summary>
    public string Namespace => Path.GetFileNameWithoutExtension(Assert.Single(FilesOf(".sln")));

    public string PathOf(string file) => Path.Combine(Folder, file);

    public string Read(string file) => File.ReadAllText(PathOf(file));
}
