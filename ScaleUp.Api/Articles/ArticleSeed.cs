using System.Globalization;
using Microsoft.EntityFrameworkCore;

namespace ScaleUp.Api.Articles;

/// <summary>
/// The articles that a new site starts with: the Markdown files of the folder Seed, each with a head of
/// <c>name: value</c> lines (title, author, published, summary) closed by a line of three hyphens.
/// </summary>
internal static class ArticleSeed
{
    private const string HeadEnd = "\n---\n";
    private const string Prefix = "ScaleUp.Api.Articles.Seed.";

    /// <summary>Adds the seed to a site that has no article yet.</summary>
    public static async Task PlantAsync(DbContext context, CancellationToken cancellationToken)
    {
        if (await context.Set<Article>().AnyAsync(cancellationToken))
        {
            return;
        }

        context.AddRange(Read());
        await context.SaveChangesAsync(cancellationToken);
    }

    private static IEnumerable<Article> Read()
    {
        var assembly = typeof(ArticleSeed).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return Parse(name[Prefix.Length..^".md".Length], reader.ReadToEnd().ReplaceLineEndings("\n"));
        }
    }

    private static Article Parse(string slug, string text)
    {
        var end = text.IndexOf(HeadEnd, StringComparison.Ordinal);
        var head = text[..end].Split('\n').Select(line => line.Split(": ", 2)).ToDictionary(part => part[0], part => part[1]);
        return new Article
        {
            Slug = slug,
            Title = head["title"],
            Summary = head["summary"],
            Author = head["author"],
            PublishedAt = DateTimeOffset.Parse(head["published"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal),
            Body = text[(end + HeadEnd.Length)..].Trim(),
        };
    }
}
