using AngleSharp.Dom;
using Ganss.Xss;

namespace ScaleUp.Api.Text;

/// <summary>Sanitizes HTML: keeps the elements and attributes that Markdown produces, and removes all others.</summary>
internal static class TextSanitizer
{
    /// <summary>The class of cells in a right-aligned column.</summary>
    public const string RightAligned = "right";

    /// <summary>The class of cells in a centered column.</summary>
    public const string Centered = "center";

    private static readonly HtmlSanitizer s_sanitizer = Create();

    public static string Sanitize(string html) => s_sanitizer.Sanitize(html);

    private static HtmlSanitizer Create()
    {
        var sanitizer = new HtmlSanitizer(new HtmlSanitizerOptions
        {
            AllowedTags = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
            {
                "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "ins", "li", "mark", "ol",
                "p", "pre", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
            },
            AllowedAttributes = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
            {
                "alt", "class", "href", "id", "src", "start", "title",
            },
            AllowedSchemes = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "http", "https", "mailto" },
            UriAttributes = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "href", "src" },
        });
        sanitizer.PostProcessNode += (_, e) =>
        {
            if (e.Node is not IElement element)
            {
                return;
            }

            if (element.GetAttribute("class") is { } name && !IsAllowedClass(element.LocalName, name))
            {
                element.RemoveAttribute("class");
            }

            if (element.GetAttribute("id") is { } id
                && !(element.LocalName is ['h', >= '1' and <= '6'] && id.StartsWith(HeadingAnchors.Prefix, StringComparison.Ordinal)))
            {
                element.RemoveAttribute("id");
            }

            // Links come from users, so search engines must not count them as the site's endorsement; links within the page are exempt.
            if (element.LocalName == "a" && element.GetAttribute("href") is not ['#', ..])
            {
                element.SetAttribute("rel", "nofollow ugc noopener");
            }
        };
        return sanitizer;
    }

    // Allows the language of a code block and the alignment of a cell, but no class of the site's own style sheet.
    private static bool IsAllowedClass(string element, string name) => element switch
    {
        "code" => name.StartsWith("language-", StringComparison.Ordinal) && !name.Contains(' ', StringComparison.Ordinal),
        "td" or "th" => name is RightAligned or Centered,
        _ => false,
    };
}
