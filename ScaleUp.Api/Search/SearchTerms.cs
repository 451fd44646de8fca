using System.Text;
using ScaleUp.Api.Data;

namespace ScaleUp.Api.Search;

/// <summary>Validates and parses search queries.</summary>
internal static class SearchTerms
{
    public const int MaxLength = 200;

    /// <summary>Maximum number of words: each word is looked up, and ranked in each article that contains it.</summary>
    public const int MaxWords = 16;

    // Scripts that put no spaces between words, or attach endings to them, so that PostgreSQL takes a whole clause for one word:
    // Thai, Lao; Myanmar; Khmer; Kana and Han; Hangul; Han; half-width forms; Han beyond the first 65,536 characters.
    private static readonly (int First, int Last)[] s_unspacedScripts =
    [
        (0x0E00, 0x0EFF), (0x1000, 0x109F), (0x1780, 0x17FF), (0x3040, 0x9FFF),
        (0xAC00, 0xD7AF), (0xF900, 0xFAFF), (0xFF66, 0xFFDC), (0x20000, 0x3FFFF),
    ];

    /// <summary>Validates a query.</summary>
    /// <returns>An error message; null if the query is valid.</returns>
    public static string? Validate(string? query) =>
        string.IsNullOrWhiteSpace(query) || query.Length > MaxLength ? $"Enter a search of 1 to {MaxLength} characters."
        : CountWords(query) > MaxWords ? $"Search for at most {MaxWords} words at a time."
        : null;

    /// <summary>Whether the query has letters of a script that full-text search can't split into words.</summary>
    public static bool NeedsSubstringSearch(string query) =>
        query.EnumerateRunes().Any(c => Array.Exists(s_unspacedScripts, range => c.Value >= range.First && c.Value <= range.Last));

    /// <summary>The substrings that an article must contain, and those that it must not contain, for <c>ILIKE</c>.</summary>
    public static (IReadOnlyList<string> Required, IReadOnlyList<string> Excluded) ParseTerms(string query)
    {
        var terms = query.Replace("\"", " ", StringComparison.Ordinal).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)
            .ToLookup(term => term is ['-', _, ..]);
        return ([.. terms[false]], [.. terms[true].Select(term => term[1..])]);
    }

    /// <summary>An <c>ILIKE</c> pattern for texts that contain this term.</summary>
    public static string ToPattern(string term)
    {
        var escaped = term.Replace("\\", "\\\\", StringComparison.Ordinal)
            .Replace("%", "\\%", StringComparison.Ordinal).Replace("_", "\\_", StringComparison.Ordinal);
        return $"%{escaped}%";
    }

    private static int CountWords(string query)
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
