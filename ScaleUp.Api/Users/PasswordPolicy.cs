using Microsoft.AspNetCore.Identity;

namespace ScaleUp.Api.Users;

/// <summary>
/// Refuses passwords that are guessed first: common ones, rows of keys, repetitions, and the names of the site and of the user
/// (https://pages.nist.gov/800-63-4/sp800-63b.html#passwordver). Which kinds of characters a password has is up to its user.
/// </summary>
internal sealed class PasswordPolicy : IPasswordValidator<User>
{
    /// <summary>Characters that a password must have beside names; each common word, row of keys and kind of separator counts as one.</summary>
    private const int MinRest = 8;

    private const string SiteName = "ScaleUp";

    // Digits and signs that stand for letters, and runs of keys; each is also searched backwards.
    private const string Signs = "@0134$57!|";
    private const string Letters = "aoieasstii";

    private static readonly string[] s_rows =
    [
        "01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "yxcvbnm", "azertyuiop", "qsdfghjklm",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p", "qazwsxedcrfvtgbyhnujmikolp", "zaq1xsw2cde3vfr4bgt5nhy6mju7", "zaq12wsxcde34rfvbgt56yhn",
        "1q2w3e4r5t6y7u8i9o0p", "q1w2e3r4t5y6u7i8o9p0", "147258369", "159357", "1a2b3c4d5e6f7g8h9i",
    ];

    private static readonly string[] s_common = ReadCommon();

    public Task<IdentityResult> ValidateAsync(UserManager<User> manager, User user, string? password) => Task.FromResult(
        IsGuessable(password ?? "", [SiteName, user.UserName ?? "", user.DisplayName])
            ? IdentityResult.Failed(new IdentityError
            {
                Code = "PasswordIsCommon",
                Description = "This password is too easy to guess: common words, rows of keys, repetitions and names count little. Choose another, such as four words that have nothing to do with each other.",
            })
            : IdentityResult.Success);

    /// <summary>Whether little is left of a password without what others, and programs that guess, think of first.</summary>
    internal static bool IsGuessable(string password, IEnumerable<string> names)
    {
        var text = UnitOf(password.ToLowerInvariant());
        // Separators between letters hide words from no program that guesses, nor do signs that stand for letters.
        var plain = string.Concat(text.Where(c => !IsSeparator(c)));
        var words = string.Concat(plain.Select(Unmask));

        var isCovered = new bool[plain.Length];
        foreach (var name in names.SelectMany(PartsOf).Where(n => n.Length >= 3))
        {
            Cover(plain, name, isCovered);
            Cover(words, name, isCovered);
        }

        var pieces = s_common.Sum(word => Cover(words, word, isCovered) + Cover(plain, word, isCovered)) + CoverRows(plain, isCovered);
        var rest = isCovered.Count(covered => !covered);
        return rest + pieces + text.Where(IsSeparator).Distinct().Count() < MinRest;
    }

    // A name as a whole, and the words in it.
    private static IEnumerable<string> PartsOf(string name)
    {
        var words = string.Concat(name.ToLowerInvariant().Select(c => char.IsLetterOrDigit(c) ? c : ' ')).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Prepend(string.Concat(words));
    }

    private static bool IsSeparator(char c) => char.IsAscii(c) && !char.IsAsciiLetterOrDigit(c) && !Signs.Contains(c, StringComparison.Ordinal);

    // What is repeated counts once.
    private static string UnitOf(string text)
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

    private static char Unmask(char c) => Signs.IndexOf(c, StringComparison.Ordinal) is >= 0 and var i ? Letters[i] : c;

    private static int Cover(string text, string word, bool[] isCovered)
    {
        var pieces = 0;
        for (var start = 0; start + word.Length <= text.Length && (start = text.IndexOf(word, start, StringComparison.Ordinal)) >= 0; start++)
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

    // From each place the longest row of four keys or more, or of three digits or equal characters.
    private static int CoverRows(string text, bool[] isCovered)
    {
        var pieces = 0;
        for (var start = 0; start < text.Length; start++)
        {
            var length = 0;
            while (start + length < text.Length && !isCovered[start + length] && IsRow(text.AsSpan(start, length + 1)))
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

    private static bool IsRow(ReadOnlySpan<char> text)
    {
        if (!text.ContainsAnyExcept(text[0]))
        {
            return true;
        }

        Span<char> reverse = stackalloc char[text.Length <= 128 ? text.Length : 0];
        text[..reverse.Length].CopyTo(reverse);
        reverse.Reverse();
        foreach (var row in s_rows)
        {
            if (row.AsSpan().Contains(text, StringComparison.Ordinal) || (reverse.Length > 0 && row.AsSpan().Contains(reverse, StringComparison.Ordinal)))
            {
                return true;
            }
        }

        return false;
    }

    private static string[] ReadCommon()
    {
        using var stream = typeof(PasswordPolicy).Assembly.GetManifestResourceStream("CommonPasswords.txt")!;
        using var reader = new StreamReader(stream);
        // The longest first: "iloveyou" before "love".
        return [.. reader.ReadToEnd().Split((char[])[' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Distinct().OrderByDescending(word => word.Length)];
    }
}
