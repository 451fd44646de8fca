using System.Diagnostics.CodeAnalysis;
using AngleSharp.Dom;
using Ganss.Xss;
using Markdig;
using Microsoft.Extensions.Caching.Memory;

namespace ScaleUp.Api.Articles;

/// <summary>
/// Turns Markdown into HTML that may be put into any page. Two fences, one behind the other: HTML in the text is shown as text,
/// and what comes out is sanitised all the same.
/// </summary>
internal static class ArticleText
{
    /// <summary>Each of these may begin a link, and for each that does not the rest of the text is read again: time grows with the square.</summary>
    private const int MaxBrackets = 2000;

    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder()
        .DisableHtml().UsePipeTables().UseAutoLinks().UseEmphasisExtras().Build();

    private static readonly HtmlSanitizer s_sanitizer = CreateSanitizer();

    // Characters of HTML: most visitors read the same few articles, and rendering costs more than all else that a reader asks for.
    private const long CacheSize = 16_000_000;
    private static readonly MemoryCache s_cache = new(new MemoryCacheOptions { SizeLimit = CacheSize });

    /// <summary>The text as HTML, rendered once for each version on each server.</summary>
    public static string Render(Guid id, int version, string markdown) => s_cache.GetOrCreate((id, version), entry =>
    {
        var html = Render(markdown);
        entry.Size = html.Length + 1;
        return html;
    })!;

    /// <summary>The text as HTML; what was stored has been rendered before, so it can be.</summary>
    public static string Render(string markdown) => TryRender(markdown, out var html)
        ? html
        : throw new InvalidOperationException("A text was stored that can't be rendered.");

    /// <summary>Renders the text, unless it is nested deeper than any reader could follow (Markdig's limit is 128) or made to take long.</summary>
    public static bool TryRender(string markdown, [NotNullWhen(true)] out string? html)
    {
        html = null;
        if (markdown.AsSpan().Count('[') > MaxBrackets)
        {
            return false;
        }

        try
        {
            html = s_sanitizer.Sanitize(Markdown.ToHtml(markdown, s_pipeline));
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>The words alone.</summary>
    public static string ToPlainText(string markdown) => Markdown.ToPlainText(markdown, s_pipeline).Trim();

    private static HtmlSanitizer CreateSanitizer()
    {
        var sanitizer = new HtmlSanitizer(new HtmlSanitizerOptions
        {
            AllowedTags = new HashSet<string>(StringComparer.OrdinalIgnoreCase)
            {
                "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "img", "ins", "li", "mark", "ol", "p",
                "pre", "strong", "sub", "sup", "table", "tbody", "td", "th", "thead", "tr", "ul",
            },
            AllowedAttributes = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "alt", "class", "href", "src", "start", "title" },
            AllowedSchemes = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "http", "https", "mailto" },
            UriAttributes = new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "href", "src" },
        });
        // The language of a code block, and nothing else that a style sheet of the page knows.
        sanitizer.PostProcessNode += (_, e) =>
        {
            if (e.Node is not IElement element)
            {
                return;
            }

            if (element.GetAttribute("class") is { } name && !(element.LocalName == "code" && name.StartsWith("language-", StringComparison.Ordinal) && !name.Contains(' ', StringComparison.Ordinal)))
            {
                element.RemoveAttribute("class");
            }

            // Links are the authors', not the site's: no search engine is to take them for a recommendation.
            if (element.LocalName == "a")
            {
                element.SetAttribute("rel", "nofollow ugc noopener");
            }
        };
        return sanitizer;
    }
}
