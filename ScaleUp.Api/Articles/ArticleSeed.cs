using System.Globalization;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Text;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Articles;

/// <summary>
/// The initial articles of a new site: the embedded Markdown files of the folder Seed. Each starts with
/// <c>name: value</c> lines (title, author, published, tags, summary), which end with a line of three hyphens.
/// </summary>
internal static class ArticleSeed
{
    private const string FrontMatterEnd = "\n---\n";
    private const string Prefix = "ScaleUp.Api.Articles.Seed.";

    /// <summary>Adds the articles if there are none yet. The migrator's lock keeps other replicas from doing so at the same time.</summary>
    public static async Task SeedAsync(DbContext context, CancellationToken cancellationToken)
    {
        if (!await context.Set<Article>().AnyAsync(cancellationToken))
        {
            context.AddRange(Read());
            await context.SaveChangesAsync(cancellationToken);
        }
    }

    private static IEnumerable<Article> Read()
    {
        var assembly = typeof(ArticleSeed).Assembly;
        var authors = new Dictionary<string, User>();
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return Parse(name[Prefix.Length..^".md".Length], reader.ReadToEnd().ReplaceLineEndings("\n"), authors);
        }
    }

    private static Article Parse(string slug, string text, Dictionary<string, User> authors)
    {
        var end = text.IndexOf(FrontMatterEnd, StringComparison.Ordinal);
        var frontMatter = text[..end].Split('\n').Select(line => line.Split(": ", 2)).ToDictionary(part => part[0], part => part[1]);
        var published = DateTimeOffset.Parse(frontMatter["published"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        if (!authors.TryGetValue(frontMatter["author"], out var author))
        {
            authors[frontMatter["author"]] = author = CreateAuthor(frontMatter["author"], published);
        }

        var body = text[(end + FrontMatterEnd.Length)..].Trim();
        var article = new Article
        {
            Slug = slug,
            Title = frontMatter["title"],
            Summary = frontMatter["summary"],
            Body = body,
            Tags = [.. frontMatter["tags"].Split(", ")],
            AuthorId = author.Id,
            Author = author,
            Status = ArticleStatus.Published,
            PublishedAt = published,
            UpdatedAt = published,
        };
        if (MarkdownRenderer.TryRender(body, TextKind.Article, out var rendered))
        {
            article.SetText(body, rendered);
        }

        return article;
    }

    // Seed authors have no password, so signing in as one of them is impossible.
    private static User CreateAuthor(string name, DateTimeOffset since)
    {
        var userName = name.ToLowerInvariant().Replace(' ', '.');
        return new User
        {
            UserName = userName,
            NormalizedUserName = userName.ToUpperInvariant(),
            DisplayName = name,
            CreatedAt = since,
            LockoutEnabled = true,
            SecurityStamp = Guid.NewGuid().ToString(),
        };
    }
}
