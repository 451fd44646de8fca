using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace ScaleUp.Api.Articles;

/// <summary>A published piece of writing, found by its slug.</summary>
internal sealed class Article
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    /// <summary>The last part of its address: lower-case letters, digits and hyphens, unique.</summary>
    public required string Slug { get; init; }

    public required string Title { get; set; }

    /// <summary>One or two sentences for lists.</summary>
    public required string Summary { get; set; }

    /// <summary>The text, in Markdown.</summary>
    public required string Body { get; set; }

    public required string Author { get; set; }

    public required DateTimeOffset PublishedAt { get; set; }
}

internal sealed class ArticleMapping : IEntityTypeConfiguration<Article>
{
    public void Configure(EntityTypeBuilder<Article> article)
    {
        article.ToTable("articles");
        article.Property(a => a.Slug).HasMaxLength(Slug.MaxLength);
        article.Property(a => a.Title).HasMaxLength(200);
        article.Property(a => a.Summary).HasMaxLength(500);
        article.Property(a => a.Author).HasMaxLength(100);
        article.HasIndex(a => a.Slug).IsUnique();
        // The order of every list; a page starts at a place in this index (keyset paging) instead of counting past rows.
        article.HasIndex(a => new { a.PublishedAt, a.Id }).IsDescending();
    }
}
