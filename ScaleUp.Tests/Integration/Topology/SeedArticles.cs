using ScaleUp.Api.Data;

namespace ScaleUp.Tests.Topology;

/// <summary>The articles of a new site's seed data.</summary>
internal static class SeedArticles
{
    private const string Folder = ".Seed.";

    public static IReadOnlyList<string> Slugs { get; } = [.. typeof(ScaleUpDbContext).Assembly.GetManifestResourceNames()
        .Where(name => name.Contains(Folder, StringComparison.Ordinal))
        .Select(name => Path.GetFileNameWithoutExtension(name[(name.IndexOf(Folder, StringComparison.Ordinal) + Folder.Length)..]))];
}
