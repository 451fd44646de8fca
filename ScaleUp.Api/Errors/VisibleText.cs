using System.Globalization;
using System.Text;

namespace ScaleUp.Api.Errors;

/// <summary>Detects characters that are invisible or change how others are displayed.</summary>
internal static class VisibleText
{
    private const int ZeroWidthNonJoiner = 0x200C;
    private const int ZeroWidthJoiner = 0x200D;
    private const int EmojiVariationSelector = 0xFE0F;

    /// <summary>
    /// Whether a line has no invisible characters and none that change the text direction. The two joiners and the emoji variation
    /// selector are allowed after a non-ASCII character: Persian, Hindi and emoji need them.
    /// </summary>
    public static bool IsVisible(string text)
    {
        var canBeJoined = false;
        foreach (var c in text.EnumerateRunes())
        {
            var isJoiner = c.Value is ZeroWidthNonJoiner or ZeroWidthJoiner or EmojiVariationSelector;
            if (isJoiner ? !canBeJoined : IsInvisible(c))
            {
                return false;
            }

            canBeJoined = c.Value == EmojiVariationSelector || (!isJoiner && !Rune.IsWhiteSpace(c) && !c.IsAscii);
        }

        return true;
    }

    private static bool IsInvisible(Rune c) =>
        Rune.GetUnicodeCategory(c) is UnicodeCategory.Control or UnicodeCategory.Format
            or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        // Combining grapheme joiner, Hangul fillers, Khmer inherent vowels, Mongolian and other variation selectors, blank Braille pattern.
        || c.Value is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2800 or 0x3164 or 0xFFA0
            or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0000 and <= 0xE0FFF);
}
