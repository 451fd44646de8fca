using System.Text.Encodings.Web;

namespace ScaleUp.Api.Search;

/// <summary>
/// The words that were found, marked. PostgreSQL puts two characters around them that no text has (they are taken out of it
/// first); then everything is encoded, and only these two become elements.
/// </summary>
internal static class Highlight
{
    public const string Start = "\uE000";
    public const string Stop = "\uE001";

    /// <summary>Options of PostgreSQL's <c>ts_headline</c>: up to two pieces of the text, 30 words each at most.</summary>
    public const string Options = $"StartSel={Start}, StopSel={Stop}, MaxFragments=2, MaxWords=30, MinWords=10, FragmentDelimiter=\" … \"";

    /// <summary>HTML that has no element but <c>mark</c>.</summary>
    public static string ToHtml(string headline) => HtmlEncoder.Default.Encode(headline)
        // The encoder writes what is outside of its known blocks as a number.
        .Replace("&#xE000;", "<mark>", StringComparison.Ordinal).Replace("&#xE001;", "</mark>", StringComparison.Ordinal);
}
