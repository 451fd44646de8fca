using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using ScaleUp.Api.Articles;
using ScaleUp.Api.Text;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Comments;

/// <summary>What a reader has to say of an article.</summary>
internal sealed class Comment
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid ArticleId { get; init; }

    public Article? Article { get; init; }

    public required Guid AuthorId { get; init; }

    public User? Author { get; init; }

    /// <summary>The text, in Markdown.</summary>
    public required string Body { get; init; }

    /// <summary>The text as HTML that is safe to put into any page, made when it was written.</summary>
    public string Html { get; init; } = "";

    /// <summary>The <see cref="MarkdownRenderer.Version"/> that made <see cref="Html"/>; 0 if none has.</summary>
    public int RendererVersion { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When an administrator hid it; null if nobody did.</summary>
    public DateTimeOffset? HiddenAt { get; set; }

    public string? HideReason { get; set; }

    /// <summary>The administrator who hid it; null if nobody did, or if it was before this was recorded.</summary>
    public Guid? HiddenById { get; set; }
}

internal sealed class CommentConfiguration : IEntityTypeConfiguration<Comment>
{
    public void Configure(EntityTypeBuilder<Comment> comment)
    {
        comment.ToTable("comments");
        comment.Property(c => c.HideReason).HasMaxLength(500);
        comment.Property(c => c.Html).HasDefaultValue("");
        comment.Property(c => c.RendererVersion).HasDefaultValue(0);
        // What is to be rendered again (StoredHtmlRefresher).
        comment.HasIndex(c => c.RendererVersion);
        comment.HasOne(c => c.Article).WithMany(a => a.Comments).HasForeignKey(c => c.ArticleId).OnDelete(DeleteBehavior.Cascade);
        comment.HasOne<User>().WithMany().HasForeignKey(c => c.HiddenById).OnDelete(DeleteBehavior.SetNull);
        comment.HasOne(c => c.Author).WithMany().HasForeignKey(c => c.AuthorId).OnDelete(DeleteBehavior.Restrict);
        comment.HasIndex(c => new { c.ArticleId, c.CreatedAt, c.Id });
    }
}
