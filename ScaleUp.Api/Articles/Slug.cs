using System.Globalization;
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
        var slug = Gaps().Replace(string.Concat(title.ToLowerInvariant().Select(WithoutAccent)), "-").Trim('-');
        slug = slug.Length > MaxLength ? slug[..MaxLength].TrimEnd('-') : slug;
        return slug.Length == 0 || s_reserved.Contains(slug)
            ? $"article-{Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture)[..8]}"
            : slug;
    }

    // Unicode's own tables (string.Normalize) are not there with InvariantGlobalization.
    private static string WithoutAccent(char letter) => letter switch
    {
        >= 'à' and <= 'å' or 'ā' or 'ă' or 'ą' => "a",
        'ç' or 'ć' or 'č' => "c",
        'ď' or 'đ' or 'ð' => "d",
        >= 'è' and <= 'ë' or 'ē' or 'ė' or 'ę' or 'ě' => "e",
        'ğ' => "g",
        >= 'ì' and <= 'ï' or 'ī' or 'ı' => "i",
        'ł' or 'ľ' => "l",
        'ñ' or 'ń' or 'ň' => "n",
        >= 'ò' and <= 'ö' or 'ø' or 'ō' or 'ő' => "o",
        'ř' => "r",
        'ś' or 'ş' or 'š' or 'ș' => "s",
        'ť' or 'ț' => "t",
        >= 'ù' and <= 'ü' or 'ū' or 'ů' or 'ű' => "u",
        'ý' or 'ÿ' => "y",
        'ź' or 'ż' or 'ž' => "z",
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        _ => letter.ToString(),
    };

    [GeneratedRegex(@"\A[a-z0-9]+(-[a-z0-9]+)*\z")]
    private static partial Regex Form();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex Gaps();
}
