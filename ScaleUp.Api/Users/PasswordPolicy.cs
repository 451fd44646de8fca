using Microsoft.AspNetCore.Identity;

namespace ScaleUp.Api.Users;

/// <summary>
/// Rejects passwords that are easy to guess: common words, keyboard sequences, repetitions, and the names of the site and the user
/// (https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver). It does not require kinds of characters.
/// </summary>
internal sealed class PasswordPolicy : IPasswordValidator<User>
{
    /// <summary>
    /// Minimum length without predictable parts: names count nothing; each common word, sequence and kind of separator counts as one
    /// character.
    /// </summary>
    private const int MinEffectiveLength = 8;

    private const string SiteName = "ScaleUp";

    // Digits and symbols that often replace letters, and the letters in the same order.
    private const string Substitutes = "@0134$57!|";
    private const string SubstitutedLetters = "aoieasstii";

    // Keyboard and alphabet sequences, which are matched in both directions.
    private static readonly string[] s_sequences =
    [
        "01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop",
        "qsdfghjklm", "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp", "zaq1xsw2cde3vfr4bgt5nhy6mju7",
        "zaq12wsxcde34rfvbgt56yhn",
        "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "147258369", "159357", "1a2b3c4d5e6f7g8h9i",
    ];

    private static readonly string[] s_commonWords = ReadCommonWords();

    public Task<IdentityResult> ValidateAsync(UserManager<User> manager, User user, string? password) => Task.FromResult(
        IsGuessable(password ?? "", [SiteName, user.UserName ?? "", user.DisplayName])
            ? IdentityResult.Failed(new IdentityError
            {
                Code = "PasswordIsCommon",
                Description = "This password is too easy to guess. Avoid common words, keyboard sequences, repetitions and names; "
                    + "for example, choose four unrelated words.",
            })
            : IdentityResult.Success);

    /// <summary>Whether the effective length of a password, without predictable parts, is too short.</summary>
    internal static bool IsGuessable(string password, IEnumerable<string> names)
    {
        var text = RepeatedUnit(password.ToLowerInvariant());
        // Guessing programs try separators between letters and substitutes for letters, so neither hides a word.
        var plain = string.Concat(text.Where(c => !IsSeparator(c)));
        var words = string.Concat(plain.Select(ReplaceSubstitute));

        var isCovered = new bool[plain.Length];
        foreach (var name in names.SelectMany(PartsOf).Where(n => n.Length >= 3))
        {
            Cover(plain, name, isCovered);
            Cover(words, name, isCovered);
        }

        var parts = s_commonWords.Sum(word => Cover(words, word, isCovered) + Cover(plain, word, isCovered))
            + CoverSequences(plain, isCovered);
        var uncovered = isCovered.Count(covered => !covered);
        return uncovered + parts + text.Where(IsSeparator).Distinct().Count() < MinEffectiveLength;
    }

    // The whole name, and each word in it.
    private static IEnumerable<string> PartsOf(string name)
    {
        var words = string.Concat(name.ToLowerInvariant().Select(c => char.IsLetterOrDigit(c) ? c : ' '))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Prepend(string.Concat(words));
    }

    private static bool IsSeparator(char c) =>
        char.IsAscii(c) && !char.IsAsciiLetterOrDigit(c) && !Substitutes.Contains(c, StringComparison.Ordinal);

    // The unit that a text repeats from start to end, because a repetition adds nothing; the text itself if there is none.
    private static string RepeatedUnit(string text)
    {
        for (var length = 1; length <= text.Length / 2; length++)
        {
            if (Enumerable.Range(length, text.Length - length).All(i => text[i] == text[i - length]))
            {
                return text[..length];
            }
        }

        return text;
    }

    private static char ReplaceSubstitute(char c) =>
        Substitutes.IndexOf(c, StringComparison.Ordinal) is >= 0 and var i ? SubstitutedLetters[i] : c;

    private static int Cover(string text, string word, bool[] isCovered)
    {
        var pieces = 0;
        for (var start = 0;
            start + word.Length <= text.Length && (start = text.IndexOf(word, start, StringComparison.Ordinal)) >= 0;
            start++)
        {
            var part = isCovered.AsSpan(start, word.Length);
            if (!part.Contains(true))
            {
                part.Fill(true);
                pieces++;
            }
        }

        return pieces;
    }

    // Covers sequences of at least four characters, or of three digits or equal characters, the longest at each position.
    private static int CoverSequences(string text, bool[] isCovered)
    {
        var pieces = 0;
        for (var start = 0; start < text.Length; start++)
        {
            var length = 0;
            while (start + length < text.Length && !isCovered[start + length] && IsSequence(text.AsSpan(start, length + 1)))
            {
                length++;
            }

            if (length >= 4 || (length == 3 && (char.IsAsciiDigit(text[start]) || text[start] == text[start + 1])))
            {
                isCovered.AsSpan(start, length).Fill(true);
                pieces++;
                start += length - 1;
            }
        }

        return pieces;
    }

    private static bool IsSequence(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAnyExcept(text[0]))
        {
            return true;
        }

        Span<char> reverse = stackalloc char[text.Length <= 128 ? text.Length : 0];
        text[..reverse.Length].CopyTo(reverse);
        reverse.Reverse();
        foreach (var sequence in s_sequences)
        {
            if (sequence.AsSpan().Contains(text, StringComparison.Ordinal)
                || (reverse.Length > 0 && sequence.AsSpan().Contains(reverse, StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }

    private static string[] ReadCommonWords()
    {
        using var stream = typeof(PasswordPolicy).Assembly.GetManifestResourceStream("CommonPasswords.txt")!;
        using var reader = new StreamReader(stream);
        // Longest first, so that "iloveyou" matches before "love".
        return [.. reader.ReadToEnd().Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries)
            .Distinct().OrderByDescending(word => word.Length)];
    }
}
