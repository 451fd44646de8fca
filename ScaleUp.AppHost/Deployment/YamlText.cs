namespace ScaleUp.AppHost.Deployment;

/// <summary>Text as a value in YAML (https://yaml.org/spec/1.2.2), the same in all forms that are YAML.</summary>
internal static class YamlText
{
    /// <summary>A text in double quotes, on one line.</summary>
    public static string Quote(string text) => $"\"{text
        .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal)}\"";

    /// <summary>An item of a list: in double quotes, or, with several lines, as a block that can be read.</summary>
    /// <param name="text">The text.</param>
    /// <param name="indent">How far the list is from the margin.</param>
    public static string Item(string text, int indent)
    {
        var margin = new string(' ', indent);
        // By the number it is known where the text begins, whatever its first line begins with.
        return !text.Contains('\n', StringComparison.Ordinal) ? $"{margin}- {Quote(text)}\n"
            : $"{margin}- |2-\n{string.Concat(text.Split('\n').Select(line => line.Length == 0 ? "\n" : $"{margin}  {line}\n"))}";
    }
}
