using System.Text.Json.Serialization;

namespace ScaleUp.Web.Articles;

/// <summary>The status of an article, which decides who may read it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ArticleStatus>))]
public enum ArticleStatus
{
    /// <summary>Not published yet; only its author can read it.</summary>
    Draft,

    /// <summary>Everyone can read it.</summary>
    Published,

    /// <summary>No longer published; only its author can read it.</summary>
    Withdrawn,
}

/// <summary>The author of an article or a comment.</summary>
public sealed record Author(string UserName, string DisplayName);

/// <summary>An article in a list.</summary>
public sealed record ArticleSummary(
    string Slug, string Title, string Summary, Author Author, IReadOnlyList<string> Tags, DateTimeOffset PublishedAt, int CommentCount,
    DateTimeOffset UpdatedAt);

/// <summary>One of the visitor's own articles in a list.</summary>
public sealed record OwnArticle(
    string Slug, string Title, string Summary, ArticleStatus Status, bool IsHidden, DateTimeOffset? PublishedAt, DateTimeOffset UpdatedAt,
    int CommentCount);

/// <summary>An article with its text, as Markdown and as sanitized HTML.</summary>
public sealed record ArticleDetails(
    string Slug, string Title, string Summary, string Markdown, string Html, IReadOnlyList<string> Tags, Author Author,
    ArticleStatus Status, bool IsHidden, DateTimeOffset? PublishedAt, DateTimeOffset UpdatedAt, int Version);

/// <summary>What an author enters for an article.</summary>
public sealed record ArticleDraft(string Title, string Summary, string Markdown, IReadOnlyList<string> Tags);

/// <summary>The preview of a text, as sanitized HTML.</summary>
public sealed record Preview(string Html);

/// <summary>A tag, and the number of articles that have it.</summary>
public sealed record Tag(string Name, int Count);
