using System.Text.Json.Serialization;

namespace ScaleUp.Web.Articles;

/// <summary>Who may read an article.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ArticleStatus>))]
public enum ArticleStatus
{
    /// <summary>Its author.</summary>
    Draft,

    /// <summary>Everybody.</summary>
    Published,

    /// <summary>Its author again.</summary>
    Withdrawn,
}

/// <summary>Who wrote something.</summary>
public sealed record Author(string UserName, string DisplayName);

/// <summary>An article in a list.</summary>
public sealed record ArticleSummary(
    string Slug, string Title, string Summary, Author Author, IReadOnlyList<string> Tags, DateTimeOffset PublishedAt, int CommentCount, DateTimeOffset UpdatedAt);

/// <summary>One of the visitor's own articles in a list.</summary>
public sealed record OwnArticle(
    string Slug, string Title, string Summary, ArticleStatus Status, bool IsHidden, DateTimeOffset? PublishedAt, DateTimeOffset UpdatedAt, int CommentCount);

/// <summary>An article with its text, as its author wrote it and as HTML that is safe to put into a page.</summary>
public sealed record ArticleDetails(
    string Slug, string Title, string Summary, string Markdown, string Html, IReadOnlyList<string> Tags, Author Author,
    ArticleStatus Status, bool IsHidden, DateTimeOffset? PublishedAt, DateTimeOffset UpdatedAt, int Version);

/// <summary>An article as its author writes it.</summary>
public sealed record ArticleDraft(string Title, string Summary, string Markdown, IReadOnlyList<string> Tags);

/// <summary>Text as it would look.</summary>
public sealed record Preview(string Html);

/// <summary>A tag, and how many articles have it.</summary>
public sealed record Tag(string Name, int Count);
