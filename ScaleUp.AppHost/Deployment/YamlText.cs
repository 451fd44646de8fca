namespace ScaleUp.AppHost.Deployment;

/// <summary>Writes text as YAML scalars (https://yaml.org/spec/1.2.2).</summary>
internal static class YamlText
{
    /// <summary>Returns the text in double quotes, on one line.</summary>
    public static string Quote(string text) => $"\"{text
        .Replace("\\", "\\\\", StringComparison.Ordinal)
        .Replace("\"", "\\\"", StringComparison.Ordinal)
        .Replace("\n", "\\n", StringComparison.Ordinal)}\"";

    /// <summary>Returns a list item: one line in double quotes, several lines as a readable block scalar.</summary>
    /// <param name="text">The text.</param>
    /// <param name="indent">The indentation of the list, in spaces.</param>
    public static string Item(string text, int indent)
    {
        var margin = new string(' ', indent);
        // An explicit indentation indicator, because the first line may begin with spaces.
        return !text.Contains('\n', StringComparison.Ordinal) ? $"{margin}- {Quote(text)}\n"
            : $"{margin}- |2-\n{string.Concat(text.Split('\n').Select(line => line.Length == 0 ? "\n" : $"{margin}  {line}\n"))}";
    }
}
