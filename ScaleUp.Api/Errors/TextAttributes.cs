using System.ComponentModel.DataAnnotations;

namespace ScaleUp.Api.Errors;

/// <summary>Validates one line of text: not blank, without control characters or other invisible ones, not too long.</summary>
/// <param name="maxLength">Maximum length in characters (UTF-16 code units).</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class OneLineAttribute(int maxLength) : ValidationAttribute
{
    /// <summary>Maximum length in characters (UTF-16 code units).</summary>
    public int MaxLength => maxLength;

    /// <summary>Whether an empty or blank text is valid.</summary>
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

/// <summary>Validates the length of a new password; there are no rules about kinds of characters.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class PasswordAttribute : ValidationAttribute
{
    /// <summary>Minimum length in characters (UTF-16 code units).</summary>
    public const int MinLength = 12;

    /// <summary>Maximum length in characters, which bounds the work of hashing.</summary>
    public const int MaxLength = 128;

    /// <inheritdoc />
    public override bool IsValid(object? value) => value is string { Length: >= MinLength and <= MaxLength };

    /// <inheritdoc />
    public override string FormatErrorMessage(string name) => $"A password must have {MinLength} to {MaxLength} characters.";
}

/// <summary>
/// Validates a Markdown text: not blank and not too long. Whether it exceeds the render budget shows only when the endpoint renders it.
/// </summary>
/// <param name="maxLength">Maximum length in characters (UTF-16 code units).</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class MarkdownAttribute(int maxLength) : ValidationAttribute
{
    /// <summary>Maximum length in characters (UTF-16 code units).</summary>
    public int MaxLength => maxLength;

    /// <inheritdoc />
    public override bool IsValid(object? value) => value is string text && text.Length <= maxLength && !string.IsNullOrWhiteSpace(text);

    /// <inheritdoc />
    public override string FormatErrorMessage(string name) => $"The text must have 1 to {maxLength} characters, and not be blank.";
}
