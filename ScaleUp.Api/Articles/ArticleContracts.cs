using System.ComponentModel.DataAnnotations;
using System.Text;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Articles;

/// <summary>The content of an article, as its author submits it.</summary>
public sealed record ArticleDraft
{
    /// <summary>Maximum length of <see cref="Markdown"/> in characters (UTF-16 code units).</summary>
    public const int MaxMarkdownLength = 100_000;

    /// <summary>1 to 200 characters. The slug is derived from the first title and does not change with later ones.</summary>
    /// <example>Retry on another server</example>
    [OneLine(200)]
    public string Title { get; init; } = "";

    /// <summary>One or two sentences for lists, at most 500 characters.</summary>
    /// <example>A retry turns a failed server into a slow request.</example>
    [OneLine(500, AllowEmpty = true)]
    public string Summary { get; init; } = "";

    /// <summary>The text in Markdown, 1 to 100,000 characters.</summary>
    /// <example>A server crashes with *forty* requests in flight.</example>
    [Markdown(MaxMarkdownLength)]
    public string Markdown { get; init; } = "";

    /// <summary>At most 8 tags of 1 to 32 characters each; stored in lower case.</summary>
    /// <example>["retries", "idempotency"]</example>
    [Tags]
    public IReadOnlyList<string> Tags { get; init; } = [];
}

/// <summary>Markdown to render as a preview.</summary>
public sealed record PreviewRequest
{
    /// <summary>The text in Markdown, 1 to 100,000 characters.</summary>
    /// <example>A server crashes with *forty* requests in flight.</example>
    [Markdown(ArticleDraft.MaxMarkdownLength)]
    public string Markdown { get; init; } = "";
}

/// <summary>A rendered preview.</summary>
/// <param name="Html">The text as sanitized HTML.</param>
public sealed record Preview(string Html);

/// <summary>Validates the tags of an article: their number, length and characters.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TagsAttribute : ValidationAttribute
{
    private const int MaxLength = 32;

    /// <inheritdoc />
    public override bool IsValid(object? value) =>
        value is IReadOnlyList<string> { Count: <= Article.MaxTags } tags
        && tags.All(tag => Normalize(tag ?? "") is { Length: >= 1 and <= MaxLength } text
            && !IsMark(text.EnumerateRunes().First()) && text.EnumerateRunes().All(IsAllowed));

    /// <inheritdoc />
    public override string FormatErrorMessage(string name) =>
        $"An article has at most {Article.MaxTags} tags. "
        + $"A tag has 1 to {MaxLength} characters: letters, digits, spaces and '.', '_', '+', '#', '-'.";

    private static bool IsAllowed(Rune c) =>
        Rune.IsLetterOrDigit(c) || IsMark(c) || (c.IsAscii && " ._+#-".Contains((char)c.Value, StringComparison.Ordinal));

    // Letters of many scripts consist of several characters: the vowels of हिन्दी are marks.
    private static bool IsMark(Rune c) => UnicodeForms.IsMark(c);

    internal static string Normalize(string tag) => tag.Trim().ToLowerInvariant();
}

/// <summary>An article in a list.</summary>
/// <param name="Slug">The last segment of its URL.</param>
/// <param name="Title">Its title.</param>
/// <param name="Summary">One or two sentences.</param>
/// <param name="Author">Its author.</param>
/// <param name="Tags">Its tags, in lower case.</param>
/// <param name="PublishedAt">When it was first published.</param>
/// <param name="CommentCount">Number of public comments.</param>
/// <param name="UpdatedAt">When it was last changed.</param>
public sealed record ArticleSummary(
    string Slug, string Title, string Summary, Author Author, IReadOnlyList<string> Tags,
    DateTimeOffset PublishedAt, int CommentCount, DateTimeOffset UpdatedAt);

/// <summary>An article in its author's own list.</summary>
/// <param name="Slug">The last segment of its URL.</param>
/// <param name="Title">Its title.</param>
/// <param name="Summary">One or two sentences.</param>
/// <param name="Tags">Its tags, in lower case.</param>
/// <param name="Status">Whether it is a draft, published or withdrawn.</param>
/// <param name="IsHidden">Whether an administrator hid it.</param>
/// <param name="PublishedAt">When it was first published; null if it never was.</param>
/// <param name="UpdatedAt">When it was last changed.</param>
/// <param name="Version">Its version; send it as <c>If-Match</c> with a change.</param>
/// <param name="CommentCount">Number of public comments.</param>
public sealed record OwnArticle(
    string Slug, string Title, string Summary, IReadOnlyList<string> Tags, ArticleStatus Status, bool IsHidden,
    DateTimeOffset? PublishedAt, DateTimeOffset UpdatedAt, int Version, int CommentCount);

/// <summary>An article with its text.</summary>
/// <param name="Id">Its permanent id.</param>
/// <param name="Slug">The last segment of its URL.</param>
/// <param name="Title">Its title.</param>
/// <param name="Summary">One or two sentences.</param>
/// <param name="Markdown">The text as its author wrote it.</param>
/// <param name="Html">The text as sanitized HTML.</param>
/// <param name="Tags">Its tags, in lower case.</param>
/// <param name="Author">Its author.</param>
/// <param name="Status">Whether it is a draft, published or withdrawn.</param>
/// <param name="IsHidden">Whether an administrator hid it.</param>
/// <param name="PublishedAt">When it was first published; null if it never was.</param>
/// <param name="UpdatedAt">When it was last changed.</param>
/// <param name="Version">Its version, which is also the ETag; send it as <c>If-Match</c> with a change.</param>
public sealed record ArticleDetails(
    Guid Id, string Slug, string Title, string Summary, string Markdown, string Html, IReadOnlyList<string> Tags, Author Author,
    ArticleStatus Status, bool IsHidden, DateTimeOffset? PublishedAt, DateTimeOffset UpdatedAt, int Version);

/// <summary>A tag in use.</summary>
/// <param name="Name">The tag, in lower case.</param>
/// <param name="Count">Number of public articles with this tag.</param>
public sealed record Tag(string Name, int Count);
