using ScaleUp.Api.Errors;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Comments;

/// <summary>The content of a comment, as its author submits it.</summary>
public sealed record CommentDraft
{
    /// <summary>The text in Markdown, 1 to 4,000 characters.</summary>
    /// <example>Thank you, *now* I see why there are two load balancers.</example>
    [Markdown(4000)]
    public string Markdown { get; init; } = "";
}

/// <summary>A comment.</summary>
/// <param name="Id">Its id, for deleting or hiding it.</param>
/// <param name="Author">Its author.</param>
/// <param name="Html">The text as sanitized HTML.</param>
/// <param name="CreatedAt">When it was written.</param>
/// <param name="IsHidden">Whether an administrator hid it; hidden comments are listed for their author and administrators only.</param>
public sealed record ListedComment(Guid Id, Author Author, string Html, DateTimeOffset CreatedAt, bool IsHidden);
