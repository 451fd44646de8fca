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
    /// <summary>Its author.</summary>
    Draft,

    /// <summary>Everybody.</summary>
    Published,

    /// <summary>Its author again.</summary>
    Withdrawn,
}

/// <summary>A piece of writing, found by its slug.</summary>
internal sealed class Article
{
    public const int MaxTags = 8;

    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The last part of its address: lower-case letters, digits and hyphens, unique; the same as long as it lives.</summary>
    public required string Slug { get; init; }

    public required string Title { get; set; }

    /// <summary>One or two sentences for lists.</summary>
    public required string Summary { get; set; }

    /// <summary>The text, in Markdown.</summary>
    public required string Body { get; set; }

    /// <summary>The text as HTML that is safe to put into any page, made when it was written.</summary>
    public string Html { get; set; } = "";

    /// <summary>The <see cref="MarkdownRenderer.Version"/> that made <see cref="Html"/>; 0 if none has.</summary>
    public int RendererVersion { get; set; }

    /// <summary>The text without any marks, for the search and what it highlights.</summary>
    public string PlainText { get; set; } = "";

    public required List<string> Tags { get; set; }

    public required Guid AuthorId { get; init; }

    public User? Author { get; init; }

    public ArticleStatus Status { get; set; }

    /// <summary>When it was published first; null for what never was.</summary>
    public DateTimeOffset? PublishedAt { get; set; }

    public required DateTimeOffset UpdatedAt { get; set; }

    /// <summary>When an administrator hid it; null if nobody did.</summary>
    public DateTimeOffset? HiddenAt { get; set; }

    public string? HideReason { get; set; }

    /// <summary>The administrator who hid it; null if nobody did, or if it was before this was recorded.</summary>
    public Guid? HiddenById { get; set; }

    /// <summary>One more with each change. Whoever changes it says which version they have seen.</summary>
    public int Version { get; set; } = 1;

    public NpgsqlTsVector SearchVector { get; private set; } = null!;

    public List<Comment> Comments { get; } = [];

    /// <summary><see cref="Html"/>, made now if it is not as this server makes it.</summary>
    public string HtmlToShow => MarkdownRenderer.HtmlOf(Html, RendererVersion, Body, TextKind.Article);

    /// <summary>Takes a text and what was made of it.</summary>
    public void SetText(string markdown, RenderedText text) =>
        (Body, Html, PlainText, RendererVersion) = (markdown, text.Html, text.PlainText, MarkdownRenderer.Version);
}

internal sealed class ArticleConfiguration : IEntityTypeConfiguration<Article>
{
    // "word_forms" finds other forms of an English word, "words" what English would leave out or change; both without accents.
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
        // What is to be rendered again (StoredHtmlRefresher).
        article.HasIndex(a => a.RendererVersion);
        // The order of one's own articles.
        article.HasIndex(a => new { a.AuthorId, a.Id }).IsDescending();
        // The order of every public list; a page starts at a place in this index (keyset paging) instead of counting past rows.
        article.HasIndex(a => new { a.PublishedAt, a.Id }).IsDescending().HasFilter("status = 'Published' AND hidden_at IS NULL");
    }
}
