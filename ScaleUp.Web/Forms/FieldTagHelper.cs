using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace ScaleUp.Web.Forms;

/// <summary>Shows a field's validation errors below it, and links them to the field for screen readers (WCAG 2.2, 3.3.1).</summary>
[HtmlTargetElement("input", Attributes = "asp-for")]
[HtmlTargetElement("textarea", Attributes = "asp-for")]
public sealed class FieldTagHelper : TagHelper
{
    /// <summary>Runs after ASP.NET Core's tag helpers, which set the field's ID.</summary>
    public override int Order => 100;

    /// <summary>The context of the view with the field.</summary>
    [ViewContext]
    [HtmlAttributeNotBound]
    public ViewContext ViewContext { get; set; } = null!;

    /// <summary>The field.</summary>
    [HtmlAttributeName("asp-for")]
    public ModelExpression For { get; set; } = null!;

    /// <inheritdoc />
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        ArgumentNullException.ThrowIfNull(output);

        if (!ViewContext.ModelState.TryGetValue(For.Name, out var entry) || entry.ValidationState != ModelValidationState.Invalid)
        {
            return;
        }

        var id = $"{For.Name}-error";
        var describedBy = output.Attributes["aria-describedby"]?.Value?.ToString();
        output.Attributes.SetAttribute("aria-describedby", describedBy is null ? id : $"{id} {describedBy}");
        output.Attributes.SetAttribute("aria-invalid", "true");

        var error = new TagBuilder("p");
        error.MergeAttribute("id", id);
        error.AddCssClass("error");
        error.InnerHtml.Append(string.Join(' ', entry.Errors.Select(e => e.ErrorMessage)));
        output.PostElement.AppendHtml(error);
    }
}
