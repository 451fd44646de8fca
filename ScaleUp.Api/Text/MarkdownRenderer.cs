using System.Diagnostics.CodeAnalysis;
using Markdig;
using Markdig.Renderers;
using Markdig.Syntax;

namespace ScaleUp.Api.Text;

/// <summary>The rendered forms of a text, which are stored beside its Markdown.</summary>
/// <param name="Html">Sanitized HTML.</param>
/// <param name="PlainText">The text without markup.</param>
internal sealed record RenderedText(string Html, string PlainText);

/// <summary>The kind of a text.</summary>
internal enum TextKind
{
    /// <summary>Headings get ids, so that links can refer to them.</summary>
    Article,

    /// <summary>Headings get no ids, because those of several comments on a page would clash.</summary>
    Comment,
}

/// <summary>
/// Renders Markdown as safe HTML, with two layers of defense: HTML in the text is encoded, and the output is sanitized. Texts are rendered
/// when they are saved; <see cref="RenderBudget"/> bounds the work and the size of the output.
/// </summary>
internal static class MarkdownRenderer
{
    /// <summary>Increase it with each change of the output for the same Markdown: HTML of earlier versions is rendered again.</summary>
    public const int Version = 1;

    /// <summary>The error message for a text that exceeds the budget.</summary>
    public const string RefusalMessage =
        "This text is too complex: a table has too many cells, or there are too many or too deeply nested links, emphasis, lists or quotes "
        + "for its length. Try shorter paragraphs, lists and tables.";

    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder { MaximumNestingDepth = 64 }
        .DisableHtml().UsePipeTables().UseAutoLinks().UseEmphasisExtras().Use<RenderBudgetExtension>().Build();

    /// <summary>Renders a text.</summary>
    /// <returns>False if it exceeds its <see cref="RenderBudget"/> or the maximum nesting depth.</returns>
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

    /// <summary>The stored HTML of a text, rendered again if an earlier renderer produced it.</summary>
    public static string HtmlOf(string html, int rendererVersion, string markdown, TextKind kind) =>
        rendererVersion >= Version ? html : RenderStored(markdown, kind);

    /// <summary>Renders a stored text; if it exceeds a budget that has become stricter since, as preformatted text.</summary>
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
