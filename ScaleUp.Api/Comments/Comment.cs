using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;
using ScaleUp.Api.Articles;
using ScaleUp.Api.Text;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Comments;

/// <summary>A reader's comment on an article.</summary>
internal sealed class Comment
{
    public Guid Id { get; init; } = Guid.CreateVersion7();

    public required Guid ArticleId { get; init; }

    public Article? Article { get; init; }

    public required Guid AuthorId { get; init; }

    public User? Author { get; init; }

    /// <summary>The text, in Markdown.</summary>
    public required string Body { get; init; }

    /// <summary>The text as sanitized HTML, rendered when the comment was written.</summary>
    public string Html { get; init; } = "";

    /// <summary>The <see cref="MarkdownRenderer.Version"/> that rendered <see cref="Html"/>; 0 if it was never rendered.</summary>
    public int RendererVersion { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When an administrator hid it; null if it is not hidden.</summary>
    public DateTimeOffset? HiddenAt { get; set; }

    public string? HideReason { get; set; }

    /// <summary>The administrator who hid it; null if it is not hidden or was hidden before this column existed.</summary>
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
        // For StoredHtmlRefresher, which finds HTML of earlier renderers.
        comment.HasIndex(c => c.RendererVersion);
        comment.HasOne(c => c.Article).WithMany(a => a.Comments).HasForeignKey(c => c.ArticleId).OnDelete(DeleteBehavior.Cascade);
        comment.HasOne<User>().WithMany().HasForeignKey(c => c.HiddenById).OnDelete(DeleteBehavior.SetNull);
        comment.HasOne(c => c.Author).WithMany().HasForeignKey(c => c.AuthorId).OnDelete(DeleteBehavior.Restrict);
        comment.HasIndex(c => new { c.ArticleId, c.CreatedAt, c.Id });
    }
}
