using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ScaleUp.Api.Articles;

/// <summary>The readable last part of an article's address.</summary>
internal static partial class Slug
{
    public const int MaxLength = 100;

    // Pages of the website that are no articles.
    private static readonly HashSet<string> s_reserved = ["new", "preview", "feed", "tags", "search"];

    /// <summary>Lower-case letters, digits and single hyphens between them, <see cref="MaxLength"/> characters at most.</summary>
    public static bool IsValid(string slug) => slug.Length <= MaxLength && Form().IsMatch(slug);

    /// <summary>
    /// The slug of a title: its letters without accents, and its digits; a short random one for a title without any, such as one in Greek.
    /// </summary>
    public static string From(string title)
    {
        var plain = new string([.. title.Normalize(NormalizationForm.FormD)
            .Where(c => CharUnicodeInfo.GetUnicodeCategory(c) != UnicodeCategory.NonSpacingMark)]);
        var slug = Gaps().Replace(plain.ToLowerInvariant(), "-").Trim('-');
        slug = slug.Length > MaxLength ? slug[..MaxLength].TrimEnd('-') : slug;
        return slug.Length == 0 || s_reserved.Contains(slug)
            ? $"article-{Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture)[..8]}"
            : slug;
    }

    [GeneratedRegex(@"\A[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex Form();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Gaps();
}
