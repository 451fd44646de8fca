using Microsoft.AspNetCore.Mvc;
using ScaleUp.ServiceDefaults;
using ScaleUp.Web.Forms;

namespace ScaleUp.Web.Articles;

/// <summary>A page on which an article is written.</summary>
[MaxBodySize(RequestValidation.MaxBodySize)]
public abstract class EditorPage(ArticlesClient client) : FormPage
{
    [BindProperty]
    public string Title { get; set; } = "";

    [BindProperty]
    public string Summary { get; set; } = "";

    /// <summary>Separated by commas.</summary>
    [BindProperty]
    public string Tags { get; set; } = "";

    [BindProperty]
    public string Markdown { get; set; } = "";

    /// <summary>The text as it would look, HTML that is safe to put into a page; null if nobody has asked for it.</summary>
    public string? PreviewHtml { get; private set; }

    /// <summary>What was typed.</summary>
    protected ArticleDraft Draft =>
        // Browsers send line breaks as CR LF (https://html.spec.whatwg.org/#multipart-form-data), whatever was typed.
        new(Title, Summary, Markdown.Replace("\r\n", "\n", StringComparison.Ordinal), Tags.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Shows how the text would look: the whole page, or for its script the text alone.</summary>
    public async Task<IActionResult> OnPostPreviewAsync(CancellationToken cancellationToken)
    {
        var (preview, problem) = await client.PreviewAsync(Draft.Markdown, cancellationToken);
        if (problem is not null)
        {
            return await ShowAgainAsync(problem, cancellationToken);
        }

        PreviewHtml = preview!.Html;
        return Request.Headers.XRequestedWith == "fetch" ? Content(PreviewHtml, "text/html; charset=utf-8") : await LoadAsync(cancellationToken) ?? Page();
    }
}
