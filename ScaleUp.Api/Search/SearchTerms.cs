using System.Text;
using ScaleUp.Api.Data;

namespace ScaleUp.Api.Search;

/// <summary>What somebody looks for.</summary>
internal static class SearchTerms
{
    public const int MaxLength = 200;

    /// <summary>Each word is looked up and ranked in each article that has it.</summary>
    public const int MaxWords = 16;

    // Scripts that write words without spaces between them, or endings to them, so that PostgreSQL takes a whole clause for one word:
    // Thai, Lao; Myanmar; Khmer; Kana and Han; Hangul; Han; forms of half width; Han beyond the first 65,536 characters.
    private static readonly (int First, int Last)[] s_unspaced =
        [(0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x9FFF), (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0xFF66, 0xFFDC), (0x20000, 0x3FFFF)];

    /// <summary>What is wrong with it; null if nothing is.</summary>
    public static string? Check(string? query) =>
        string.IsNullOrWhiteSpace(query) || query.Length > MaxLength ? $"Say in 1 to {MaxLength} characters what to look for."
        : Count(query) > MaxWords ? $"Look for at most {MaxWords} words at a time."
        : null;

    /// <summary>Whether it has letters of a script in which words are found only as parts of a text.</summary>
    public static bool HasParts(string query) => query.EnumerateRunes().Any(c => Array.Exists(s_unspaced, range => c.Value >= range.First && c.Value <= range.Last));

    /// <summary>The pieces that an article must have, and those that it must not have, for <c>ILIKE</c>.</summary>
    public static (IReadOnlyList<string> Wanted, IReadOnlyList<string> Unwanted) ReadParts(string query)
    {
        var pieces = query.Replace("\"", " ", StringComparison.Ordinal).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .ToLookup(piece => piece is ['-', _, ..]);
        return ([.. pieces[false]], [.. pieces[true].Select(piece => piece[1..])]);
    }

    /// <summary>A pattern for what has this piece anywhere in it.</summary>
    public static string ToPattern(string piece) =>
        $"%{piece.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal)}%";

    private static int Count(string query)
    {
        var (count, isInWord) = (0, false);
        foreach (var c in query.EnumerateRunes())
        {
            var isLetter = Rune.IsLetterOrDigit(c) || UnicodeForms.IsMark(c);
            count += isLetter && !isInWord ? 1 : 0;
            isInWord = isLetter;
        }

        return count;
    }
}
