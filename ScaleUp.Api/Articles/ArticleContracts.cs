using System.ComponentModel.DataAnnotations;
using System.Text;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Articles;

/// <summary>An article as its author writes it.</summary>
public sealed record ArticleDraft
{
    /// <summary>The most characters of <see cref="Markdown"/>.</summary>
    public const int MaxMarkdownLength = 100_000;

    /// <summary>1 to 200 characters. The first title makes the article's address.</summary>
    /// <example>Ask again, somewhere else</example>
    [OneLine(200)]
    public string Title { get; init; } = "";

    /// <summary>One or two sentences for lists, at most 500 characters.</summary>
    /// <example>A retry turns a lost server into a slow request.</example>
    [OneLine(500, AllowEmpty = true)]
    public string Summary { get; init; } = "";

    /// <summary>The text in Markdown, 1 to 100,000 characters.</summary>
    /// <example>A server dies with *forty* requests in its hands.</example>
    [Markdown(MaxMarkdownLength)]
    public string Markdown { get; init; } = "";

    /// <summary>At most 8, each of 1 to 32 characters; kept in lower case.</summary>
    /// <example>["retries", "idempotency"]</example>
    [Tags]
    public IReadOnlyList<string> Tags { get; init; } = [];
}

/// <summary>Text to be shown as it would look.</summary>
public sealed record PreviewRequest
{
    /// <summary>The text in Markdown, 1 to 100,000 characters.</summary>
    /// <example>A server dies with *forty* requests in its hands.</example>
    [Markdown(ArticleDraft.MaxMarkdownLength)]
    public string Markdown { get; init; } = "";
}

/// <summary>Text as it would look.</summary>
/// <param name="Html">Safe to put into a page.</param>
public sealed record Preview(string Html);

/// <summary>The tags of an article.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TagsAttribute : ValidationAttribute
{
    private const int MaxLength = 32;

    /// <inheritdoc />
    public override bool IsValid(object? value) =>
        value is IReadOnlyList<string> { Count: <= Article.MaxTags } tags && tags.All(tag => Normalize(tag ?? "") is { Length: >= 1 and <= MaxLength } text
            && !IsMark(text.EnumerateRunes().First()) && text.EnumerateRunes().All(IsAllowed));

    /// <inheritdoc />
    public override string FormatErrorMessage(string name) =>
        $"There may be {Article.MaxTags} tags at most, each of 1 to {MaxLength} letters (with their marks), digits, spaces and '.', '_', '+', '#', '-'.";

    private static bool IsAllowed(Rune c) => Rune.IsLetterOrDigit(c) || IsMark(c) || (c.IsAscii && " ._+#-".Contains((char)c.Value, StringComparison.Ordinal));

    // Letters of many scripts consist of several characters: the vowels of हिन्दी are marks.
    private static bool IsMark(Rune c) => UnicodeForms.IsMark(c);

    internal static string Normalize(string tag) => tag.Trim().ToLowerInvariant();
}

/// <summary>An article in a list.</summary>
/// <param name="Slug">The last part of its address.</param>
/// <param name="Title">Its title.</param>
/// <param name="Summary">One or two sentences.</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="Tags">What it is about, in lower case.</param>
/// <param name="PublishedAt">When it was published first.</param>
/// <param name="CommentCount">How many comments everybody can read.</param>
/// <param name="UpdatedAt">When it was changed last.</param>
public sealed record ArticleSummary(
    string Slug, string Title, string Summary, Author Author, IReadOnlyList<string> Tags, DateTimeOffset PublishedAt, int CommentCount, DateTimeOffset UpdatedAt);

/// <summary>One of one's own articles in a list.</summary>
/// <param name="Slug">The last part of its address.</param>
/// <param name="Title">Its title.</param>
/// <param name="Summary">One or two sentences.</param>
/// <param name="Tags">What it is about, in lower case.</param>
/// <param name="Status">Who may read it.</param>
/// <param name="IsHidden">Whether an administrator hid it.</param>
/// <param name="PublishedAt">When it was published first; null for what never was.</param>
/// <param name="UpdatedAt">When it was changed last.</param>
/// <param name="Version">To be sent as <c>If-Match</c> with a change.</param>
/// <param name="CommentCount">How many comments everybody can read.</param>
public sealed record OwnArticle(
    string Slug, string Title, string Summary, IReadOnlyList<string> Tags, ArticleStatus Status, bool IsHidden,
    DateTimeOffset? PublishedAt, DateTimeOffset UpdatedAt, int Version, int CommentCount);

/// <summary>An article with its text.</summary>
/// <param name="Id">Never changes.</param>
/// <param name="Slug">The last part of its address.</param>
/// <param name="Title">Its title.</param>
/// <param name="Summary">One or two sentences.</param>
/// <param name="Markdown">The text as its author wrote it.</param>
/// <param name="Html">The text, safe to put into a page.</param>
/// <param name="Tags">What it is about, in lower case.</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="Status">Who may read it.</param>
/// <param name="IsHidden">Whether an administrator hid it.</param>
/// <param name="PublishedAt">When it was published first; null for what never was.</param>
/// <param name="UpdatedAt">When it was changed last.</param>
/// <param name="Version">The same as the ETag; to be sent as <c>If-Match</c> with a change.</param>
public sealed record ArticleDetails(
    Guid Id, string Slug, string Title, string Summary, string Markdown, string Html, IReadOnlyList<string> Tags, Author Author,
    ArticleStatus Status, bool IsHidden, DateTimeOffset? PublishedAt, DateTimeOffset UpdatedAt, int Version);

/// <summary>A tag that articles have.</summary>
/// <param name="Name">The tag, in lower case.</param>
/// <param name="Count">How many articles that everybody can read have it.</param>
public sealed record Tag(string Name, int Count);
