using System.Diagnostics.CodeAnalysis;
using Markdig;
using Markdig.Renderers;
using Markdig.Syntax;

namespace ScaleUp.Api.Text;

/// <summary>A text as it is stored beside its Markdown.</summary>
/// <param name="Html">Safe to put into any page.</param>
/// <param name="PlainText">The words alone.</param>
internal sealed record RenderedText(string Html, string PlainText);

/// <summary>What a text is written for; parts of an article can be linked to, those of a comment can't.</summary>
internal enum TextKind
{
    Article,

    /// <summary>Many are on one page, so that the ids of their headings would clash.</summary>
    Comment,
}

/// <summary>
/// Turns Markdown into HTML that may be put into any page. Two fences, one behind the other: HTML in the text is shown as text,
/// and what comes out is sanitised all the same. Texts are rendered when they are written; how much work and HTML one may cause is
/// bounded by <see cref="RenderBudget"/>.
/// </summary>
internal static class MarkdownRenderer
{
    /// <summary>One more with each change of what comes out of the same Markdown: stored HTML of earlier versions is rendered again.</summary>
    public const int Version = 1;

    /// <summary>Why a text is refused.</summary>
    public const string Refusal =
        "This text can't be shown: a table has too many cells, or links, emphasis, lists or quotes are too many or too deeply nested for its length. Shorter paragraphs, lists and tables help.";

    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder { MaximumNestingDepth = 64 }
        .DisableHtml().UsePipeTables().UseAutoLinks().UseEmphasisExtras().Use<RenderBudgetExtension>().Build();

    /// <summary>Renders a text, unless that would take more than its <see cref="RenderBudget"/>, or it is nested deeper than any reader could follow.</summary>
    public static bool TryRender(string markdown, TextKind kind, [NotNullWhen(true)] out RenderedText? text)
    {
        text = null;
        try
        {
            var budget = new RenderBudget(markdown.Length);
            var document = Markdown.Parse(markdown, s_pipeline, budget.ToContext());
            budget.SpendOnTree(document);
            HeadingAnchors.Mark(document, kind);
            var html = TextSanitizer.Sanitize(Write(document, budget, isPlain: false));
            if (html.Length > budget.MaxHtmlLength)
            {
                return false;
            }

            text = new RenderedText(html, Write(document, budget, isPlain: true).Trim());
            return true;
        }
        catch (Exception exception) when (exception is RenderBudgetExceededException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>The HTML that is stored beside a text, rendered again if an earlier renderer made it.</summary>
    public static string HtmlOf(string html, int rendererVersion, string markdown, TextKind kind) =>
        rendererVersion >= Version ? html : RenderStored(markdown, kind);

    /// <summary>The HTML of a text that is stored already: as plain text if a stricter budget than that of its time refuses it.</summary>
    public static string RenderStored(string markdown, TextKind kind) => TryRender(markdown, kind, out var text)
        ? text.Html
        : $"<pre>{markdown.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal)}</pre>";

    private static string Write(MarkdownDocument document, RenderBudget budget, bool isPlain)
    {
        using var writer = new BoundedWriter(budget.MaxHtmlLength);
        var renderer = new HtmlRenderer(writer)
        {
            EnableHtmlForBlock = !isPlain,
            EnableHtmlForInline = !isPlain,
            EnableHtmlEscape = !isPlain,
        };
        s_pipeline.Setup(renderer);
        renderer.Render(document);
        return writer.ToString();
    }
}
