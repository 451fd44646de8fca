using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;

namespace ScaleUp.Api.Data;

/// <summary>
/// Unicode normalization (https://unicode.org/reports/tr15), so that texts that look the same compare as equal. It runs in the database,
/// because <c>string.Normalize</c> has no Unicode tables with InvariantGlobalization.
/// </summary>
internal static class UnicodeForms
{
    /// <summary>Normalizes texts to composed form (NFC). Most texts have no combining characters and need no query.</summary>
    public static async Task<IReadOnlyList<string>> ComposeAsync(
        this ScaleUpDbContext database, IReadOnlyList<string> texts, CancellationToken cancellationToken) =>
        !texts.Any(text => text.Any(CanChange)) ? texts : await database.Database
            .SqlQuery<string>($"""
                SELECT normalize(text) AS "Value" FROM unnest({texts.ToArray()}) WITH ORDINALITY AS t(text, ordinal) ORDER BY ordinal
                """)
            .ToListAsync(cancellationToken);

    /// <summary>Normalizes a text to composed form (NFC).</summary>
    public static async Task<string> ComposeAsync(this ScaleUpDbContext database, string text, CancellationToken cancellationToken) =>
        (await database.ComposeAsync([text], cancellationToken))[0];

    /// <summary>Whether the character combines with the preceding letter, such as an accent or a vowel sign of Indic scripts.</summary>
    public static bool IsMark(Rune c) =>
        Rune.GetUnicodeCategory(c) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark;

    // Combining marks, Hangul Jamo, and characters with a canonical equivalent (spaces, letterlike symbols, CJK compatibility ideographs).
    private static bool CanChange(char c) => c >= '\u0300'
        && ((!char.IsSurrogate(c) && IsMark(new Rune(c)))
            || c is (>= '\u1100' and <= '\u11FF') or (>= '\u2000' and <= '\u2001')
                or (>= '\u2126' and <= '\u212B') or (>= '\uF900' and <= '\uFAFF'));
}
