using System.Globalization;
using System.Text.RegularExpressions;

namespace ScaleUp.Api.Articles;

/// <summary>The readable last segment of an article's URL.</summary>
internal static partial class Slug
{
    public const int MaxLength = 100;

    // Paths of the website that are not articles.
    private static readonly HashSet<string> s_reserved = ["new", "preview", "feed", "tags", "search"];

    /// <summary>Whether a slug consists of lower-case ASCII letters, digits and single hyphens between them, and is not too long.</summary>
    public static bool IsValid(string slug) => slug.Length <= MaxLength && Form().IsMatch(slug);

    /// <summary>
    /// Creates the slug of a title from its Latin letters, without accents, and its digits; a title without any, such as one in Greek,
    /// gets a short random slug.
    /// </summary>
    public static string From(string title)
    {
        var slug = Gaps().Replace(string.Concat(title.ToLowerInvariant().Select(WithoutAccent)), "-").Trim('-');
        slug = slug.Length > MaxLength ? slug[..MaxLength].TrimEnd('-') : slug;
        return slug.Length == 0 || s_reserved.Contains(slug)
            ? $"article-{Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture)[..8]}"
            : slug;
    }

    // string.Normalize has no Unicode tables with InvariantGlobalization.
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
