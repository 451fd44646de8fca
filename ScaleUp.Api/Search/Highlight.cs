using System.Text.Encodings.Web;

namespace ScaleUp.Api.Search;

/// <summary>
/// Marks the matching words of a hit. PostgreSQL encloses them in two private-use characters, which are removed from the text first;
/// after HTML encoding, only these two become elements.
/// </summary>
internal static class Highlight
{
    public const string Start = "\uE000";
    public const string Stop = "\uE001";

    /// <summary>Options of PostgreSQL's <c>ts_headline</c>: up to two fragments of at most 30 words each.</summary>
    public const string Options =
        $"StartSel={Start}, StopSel={Stop}, MaxFragments=2, MaxWords=30, MinWords=10, FragmentDelimiter=\" … \"";

    /// <summary>Encodes a headline as HTML in which <c>mark</c> is the only element.</summary>
    public static string ToHtml(string headline) => HtmlEncoder.Default.Encode(headline)
        // The encoder turns private-use characters into numeric references.
        .Replace("&#xE000;", "<mark>", StringComparison.Ordinal).Replace("&#xE001;", "</mark>", StringComparison.Ordinal);
}
