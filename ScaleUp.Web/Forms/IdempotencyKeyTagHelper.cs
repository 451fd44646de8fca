using System.Globalization;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace ScaleUp.Web.Forms;

/// <summary>
/// Adds an idempotency key to each form that posts, as its first field: load balancers search the beginning of the body for it, and retry
/// requests with a key on another server if the first fails.
/// </summary>
[HtmlTargetElement("form", Attributes = "[method=post]")]
public sealed class IdempotencyKeyTagHelper : TagHelper
{
    /// <summary>The context of the view with the form.</summary>
    [ViewContext]
    [HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    /// <summary>The form's handler; it identifies the form unless <see cref="Name"/> is set.</summary>
    [HtmlAttributeName("asp-page-handler")]
    public string? Handler { get; set; }

    /// <summary>Identifies the form if the page has several for the same handler.</summary>
    [HtmlAttributeName("key-for")]
    public string? Name { get; set; }

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);

        var prefix = $"{Name ?? Handler ?? "form"}.";
        // The page may have several forms; only the submitted one reuses its key.
        var key = (ViewContext.ViewData.Model as FormPage)?.KeyToReuse is { } submitted
            && submitted.StartsWith(prefix, StringComparison.Ordinal)
            ? submitted
            : prefix + Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture);

        var field = new TagBuilder("input") { TagRenderMode = TagRenderMode.SelfClosing };
        field.MergeAttribute("type", "hidden");
        field.MergeAttribute("name", FormPage.KeyName);
        field.MergeAttribute("value", key);
        output.PreContent.AppendHtml(field);
    }
}
