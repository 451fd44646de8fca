using System.ComponentModel.DataAnnotations;

namespace ScaleUp.Api.Errors;

/// <summary>A line of text: not blank, without control characters, so many characters at most.</summary>
/// <param name="maxLength">The most characters (UTF-16 units).</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OneLineAttribute(int maxLength) : ValidationAttribute
{
    /// <summary>The most characters.</summary>
    public int MaxLength => maxLength;

    /// <summary>Whether nothing at all is a line too.</summary>
    public bool AllowEmpty { get; init; }

    /// <inheritdoc />
    public override bool IsValid(object? value)
    {
        var text = value as string ?? "";
        return text.Length <= maxLength && (AllowEmpty || !string.IsNullOrWhiteSpace(text)) && VisibleText.IsVisible(text);
    }

    /// <inheritdoc />
    public override string FormatErrorMessage(string name) => AllowEmpty
        ? $"This must be one line of at most {maxLength} visible characters."
        : $"This must be one line of 1 to {maxLength} visible characters, and not blank.";
}

/// <summary>A new password. Length is what makes it hard to guess; which characters it has is the user's own business.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PasswordAttribute : ValidationAttribute
{
    /// <summary>The fewest characters.</summary>
    public const int MinLength = 12;

    /// <summary>The most; each sign-in hashes them all.</summary>
    public const int MaxLength = 128;

    /// <inheritdoc />
    public override bool IsValid(object? value) => value is string { Length: >= MinLength and <= MaxLength };

    /// <inheritdoc />
    public override string FormatErrorMessage(string name) => $"A password has {MinLength} to {MaxLength} characters.";
}

/// <summary>A text in Markdown: not blank, so many characters at most. Whether it can be shown is found out by rendering it, once, where it is stored.</summary>
/// <param name="maxLength">The most characters (UTF-16 units).</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MarkdownAttribute(int maxLength) : ValidationAttribute
{
    /// <summary>The most characters.</summary>
    public int MaxLength => maxLength;

    /// <inheritdoc />
    public override bool IsValid(object? value) => value is string text && text.Length <= maxLength && !string.IsNullOrWhiteSpace(text);

    /// <inheritdoc />
    public override string FormatErrorMessage(string name) => $"The text must have 1 to {maxLength} characters, and not blank ones only.";
}
