namespace ScaleUp.Tests.Template;

/// <summary>A solution that the template has made.</summary>
/// <param name="Folder">Where it is.</param>
internal sealed record Solution(string Folder)
{
    private static readonly string[] s_made = ["bin", "obj"];

    /// <summary>The paths of its files, relative and with slashes, without what a build has made.</summary>
    public IReadOnlyList<string> Files { get; } =
    [
        .. Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Folder, path).Replace('\\', '/'))
            .Where(path => !path.Split('/').Intersect(s_made).Any())
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>The paths of the files that end so.</summary>
    public IEnumerable<string> FilesOf(string ending) => Files.Where(path => path.EndsWith(ending, StringComparison.Ordinal));

    /// <summary>The name that its projects and namespaces begin with.</summary>
    public string Namespace => Path.GetFileNameWithoutExtension(Assert.Single(FilesOf(".sln")));

    public string PathOf(string file) => Path.Combine(Folder, file);

    public string Read(string file) => File.ReadAllText(PathOf(file));
}
