using System.Globalization;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Text;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Articles;

/// <summary>
/// The articles that a new site starts with: the Markdown files of the folder Seed, each with a head of
/// <c>name: value</c> lines (title, author, published, tags, summary) closed by a line of three hyphens.
/// </summary>
internal static class ArticleSeed
{
    private const string HeadEnd = "\n---\n";
    private const string Prefix = "ScaleUp.Api.Articles.Seed.";

    /// <summary>Adds the seed to a site that has no article yet. One server at a time: the migrator holds its lock meanwhile.</summary>
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
        var end = text.IndexOf(HeadEnd, StringComparison.Ordinal);
        var head = text[..end].Split('\n').Select(line => line.Split(": ", 2)).ToDictionary(part => part[0], part => part[1]);
        var published = DateTimeOffset.Parse(head["published"], CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        if (!authors.TryGetValue(head["author"], out var author))
        {
            authors[head["author"]] = author = CreateAuthor(head["author"], published);
        }

        var body = text[(end + HeadEnd.Length)..].Trim();
        var article = new Article
        {
            Slug = slug,
            Title = head["title"],
            Summary = head["summary"],
            Body = body,
            Tags = [.. head["tags"].Split(", ")],
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

    // Without a password: nobody can sign in as one of them.
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
