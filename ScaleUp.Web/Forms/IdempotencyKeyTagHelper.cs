using System.Globalization;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace ScaleUp.Web.Forms;

/// <summary>
/// Gives each form that posts its key. It is the first field: load balancers look for it at the beginning of a request, and
/// send what has one to another server if the first is lost.
/// </summary>
[HtmlTargetElement("form", Attributes = "[method=post]")]
public sealed class IdempotencyKeyTagHelper : TagHelper
{
    /// <summary>The page that the form is in.</summary>
    [ViewContext]
    [HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    /// <summary>The handler that the form is for; it names the form, unless <see cref="Name"/> does.</summary>
    [HtmlAttributeName("asp-page-handler")]
    public string? Handler { get; set; }

    /// <summary>What tells this form from others on the page.</summary>
    [HtmlAttributeName("key-for")]
    public string? Name { get; set; }

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);

        var prefix = $"{Name ?? Handler ?? "form"}.";
        // The page may have several forms; only the one that was sent is shown again as it was.
        var key = (ViewContext.ViewData.Model as FormPage)?.KeyToRepeat is { } sent && sent.StartsWith(prefix, StringComparison.Ordinal)
            ? sent
            : prefix + Guid.NewGuid().ToString("n", CultureInfo.InvariantCulture);

        var field = new TagBuilder("input") { TagRenderMode = TagRenderMode.SelfClosing };
        field.MergeAttribute("type", "hidden");
        field.MergeAttribute("name", FormPage.KeyName);
        field.MergeAttribute("value", key);
        output.PreContent.AppendHtml(field);
    }
}
