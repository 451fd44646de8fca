using ScaleUp.Api.Errors;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Comments;

/// <summary>A comment as its author writes it.</summary>
public sealed record CommentDraft
{
    /// <summary>The text in Markdown, 1 to 4,000 characters.</summary>
    /// <example>Thank you, *now* I see why there are two.</example>
    [Markdown(4000)]
    public string Markdown { get; init; } = "";
}

/// <summary>A comment.</summary>
/// <param name="Id">To delete or hide it with.</param>
/// <param name="Author">Who wrote it.</param>
/// <param name="Html">The text, safe to put into a page.</param>
/// <param name="CreatedAt">When it was written.</param>
/// <param name="IsHidden">Whether an administrator hid it; then only its author and administrators get it.</param>
public sealed record ListedComment(Guid Id, Author Author, string Html, DateTimeOffset CreatedAt, bool IsHidden);
