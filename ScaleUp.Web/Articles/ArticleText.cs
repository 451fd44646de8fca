using Markdig;
using Microsoft.AspNetCore.Html;

namespace ScaleUp.Web.Articles;

/// <summary>Turns an article's Markdown into HTML.</summary>
public static class ArticleText
{
    // Raw HTML in the text is shown as text: whoever may write articles may not write scripts.
    private static readonly MarkdownPipeline s_pipeline = new MarkdownPipelineBuilder().DisableHtml().Build();

    /// <summary>The text as HTML, safe to put into a page.</summary>
    public static IHtmlContent ToHtml(string markdown) => new HtmlString(Markdown.ToHtml(markdown, s_pipeline));
}
