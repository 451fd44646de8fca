using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace ScaleUp.Tests.Drills.Visitors;

/// <summary>A form on a page, with what it holds when the page is opened.</summary>
/// <param name="Fields">The values by the fields' names, in the order of the form: load balancers look for the key at the beginning.</param>
internal sealed record HtmlForm(OrderedDictionary<string, string> Fields)
{
    /// <summary>The field by which the API knows a repetition.</summary>
    public const string KeyField = "Idempotency-Key";

    /// <summary>Finds the form of a page that has this field.</summary>
    /// <exception cref="InvalidOperationException">There is none; the message has the beginning of the page.</exception>
    public static HtmlForm Find(HttpPage page, string field)
    {
        using var document = new HtmlParser().ParseDocument(page.Text);
        var form = document.Forms.FirstOrDefault(form => form.Elements.Any(element => element.GetAttribute("name") == field))
            ?? throw new InvalidOperationException($"No form with a field '{field}' is on this page (status {page.Status}):\n{page.Text[..Math.Min(page.Text.Length, 2000)]}");
        var fields = new OrderedDictionary<string, string>();
        foreach (var element in form.Elements.Where(element => element.GetAttribute("name") is { Length: > 0 }))
        {
            var (name, value) = (element.GetAttribute("name")!, element switch
            {
                IHtmlInputElement { Type: "submit" or "button" or "image" } => null,
                IHtmlInputElement { Type: "checkbox" or "radio", IsChecked: false } => null,
                IHtmlInputElement input => input.Value,
                IHtmlTextAreaElement text => text.Value,
                IHtmlSelectElement select => select.Value,
                _ => null,
            });
            if (value is not null)
            {
                fields[name] = value;
            }
        }

        return new(fields);
    }

    /// <summary>The form with something typed into it, or chosen.</summary>
    public HtmlForm With(params (string Name, string Value)[] typed)
    {
        var fields = new OrderedDictionary<string, string>(Fields);
        foreach (var (name, value) in typed)
        {
            fields[name] = value;
        }

        return new(fields);
    }
}
