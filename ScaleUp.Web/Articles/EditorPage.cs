using Microsoft.AspNetCore.Mvc;
using ScaleUp.ServiceDefaults;
using ScaleUp.Web.Forms;

namespace ScaleUp.Web.Articles;

/// <summary>A page with an editor for articles.</summary>
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

    /// <summary>The preview as sanitized HTML; null unless the visitor requested it.</summary>
    public string? PreviewHtml { get; private set; }

    /// <summary>The content of the form.</summary>
    protected ArticleDraft Draft => new(
        Title,
        Summary,
        // Browsers send line breaks as CR LF: https://html.spec.whatwg.org/#multipart-form-data.
        Markdown.Replace("\r\n", "\n", StringComparison.Ordinal),
        Tags.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    /// <summary>Shows a preview: the whole page, or only the preview for the page's script.</summary>
    public async Task<IActionResult> OnPostPreviewAsync(CancellationToken cancellationToken)
    {
        var (preview, problem) = await client.PreviewAsync(Draft.Markdown, cancellationToken);
        if (problem is not null)
        {
            return await RedisplayAsync(problem, cancellationToken);
        }

        PreviewHtml = preview!.Html;
        return Request.Headers.XRequestedWith == "fetch"
            ? Content(PreviewHtml, "text/html; charset=utf-8")
            : await LoadAsync(cancellationToken) ?? Page();
    }
}
