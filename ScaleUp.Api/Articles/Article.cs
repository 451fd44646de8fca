using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using NpgsqlTypes;
using ScaleUp.Api.Comments;
using ScaleUp.Api.Text;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Articles;

/// <summary>Who may read an article.</summary>
public enum ArticleStatus
{
    /// <summary>Never published; visible to its author only.</summary>
    Draft,

    /// <summary>Visible to everyone, unless an administrator hid it.</summary>
    Published,

    /// <summary>Published before; visible to its author only.</summary>
    Withdrawn,
}

/// <summary>An article, identified by its slug.</summary>
internal sealed class Article
{
    public const int MaxTags = 8;

    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The last segment of its URL: lower-case letters, digits and hyphens; unique, and never changes.</summary>
    public required string Slug { get; init; }

    public required string Title { get; set; }

    /// <summary>One or two sentences for lists.</summary>
    public required string Summary { get; set; }

    /// <summary>The text, in Markdown.</summary>
    public required string Body { get; set; }

    /// <summary>The text as sanitized HTML, rendered when the text was saved.</summary>
    public string Html { get; set; } = "";

    /// <summary>The <see cref="MarkdownRenderer.Version"/> that rendered <see cref="Html"/>; 0 if it was never rendered.</summary>
    public int RendererVersion { get; set; }

    /// <summary>The text without markup, for search and its highlights.</summary>
    public string PlainText { get; set; } = "";

    public required List<string> Tags { get; set; }

    public required Guid AuthorId { get; init; }

    public User? Author { get; init; }

    public ArticleStatus Status { get; set; }

    /// <summary>When it was first published; null if it never was.</summary>
    public DateTimeOffset? PublishedAt { get; set; }

    public required DateTimeOffset UpdatedAt { get; set; }

    /// <summary>When an administrator hid it; null if it is not hidden.</summary>
    public DateTimeOffset? HiddenAt { get; set; }

    public string? HideReason { get; set; }

    /// <summary>The administrator who hid it; null if it is not hidden or was hidden before this column existed.</summary>
    public Guid? HiddenById { get; set; }

    /// <summary>Increases with each change; a client names the version that it changes (<c>If-Match</c>).</summary>
    public int Version { get; set; } = 1;

    public NpgsqlTsVector SearchVector { get; private set; } = null!;

    public List<Comment> Comments { get; } = [];

    /// <summary><see cref="Html"/>, rendered again if an earlier renderer produced it.</summary>
    public string CurrentHtml => MarkdownRenderer.HtmlOf(Html, RendererVersion, Body, TextKind.Article);

    /// <summary>Sets the text together with its rendered forms.</summary>
    public void SetText(string markdown, RenderedText text) =>
        (Body, Html, PlainText, RendererVersion) = (markdown, text.Html, text.PlainText, MarkdownRenderer.Version);
}

internal sealed class ArticleConfiguration : IEntityTypeConfiguration<Article>
{
    // "word_forms" stems English words; "words" keeps stop words and other languages intact. Both ignore accents.
    private const string SearchVector = """
        setweight(to_tsvector('word_forms', normalize(title)), 'A') || setweight(to_tsvector('words', normalize(title)), 'A') ||
        setweight(to_tsvector('word_forms', normalize(summary)), 'B') || setweight(to_tsvector('words', normalize(summary)), 'B') ||
        setweight(to_tsvector('word_forms', normalize(plain_text)), 'D') || setweight(to_tsvector('words', normalize(plain_text)), 'D')
        """;

    public void Configure(EntityTypeBuilder<Article> article)
    {
        article.ToTable("articles");
        article.Property(a => a.Slug).HasMaxLength(Slug.MaxLength);
        article.Property(a => a.Title).HasMaxLength(200);
        article.Property(a => a.Summary).HasMaxLength(500);
        article.Property(a => a.HideReason).HasMaxLength(500);
        article.Property(a => a.Status).HasConversion<string>().HasMaxLength(16);
        article.Property(a => a.Html).HasDefaultValue("");
        article.Property(a => a.RendererVersion).HasDefaultValue(0);
        article.Property(a => a.Version).IsConcurrencyToken();
        article.Property(a => a.SearchVector).HasComputedColumnSql(SearchVector, stored: true);
        article.HasOne<User>().WithMany().HasForeignKey(a => a.HiddenById).OnDelete(DeleteBehavior.SetNull);
        article.HasOne(a => a.Author).WithMany().HasForeignKey(a => a.AuthorId).OnDelete(DeleteBehavior.Restrict);
        article.HasIndex(a => a.Slug).IsUnique();
        article.HasIndex(a => a.SearchVector).HasMethod("gin");
        article.HasIndex(a => a.Tags).HasMethod("gin");
        // For StoredHtmlRefresher, which finds HTML of earlier renderers.
        article.HasIndex(a => a.RendererVersion);
        // The order of an author's own list.
        article.HasIndex(a => new { a.AuthorId, a.Id }).IsDescending();
        // The order of every public list: keyset paging starts each page at a position in this index instead of skipping rows.
        article.HasIndex(a => new { a.PublishedAt, a.Id }).IsDescending().HasFilter("status = 'Published' AND hidden_at IS NULL");
    }
}
