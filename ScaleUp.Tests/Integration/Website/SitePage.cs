using System.Net;
using AngleSharp.Html.Dom;
using AngleSharp.Html.Parser;

namespace ScaleUp.Tests.Website;

/// <summary>A page of the website, as a browser without JavaScript sees it.</summary>
internal sealed class SitePage(HttpResponseMessage response, string html)
{
    private static readonly HtmlParser s_parser = new();

    public HttpResponseMessage Response => response;

    public HttpStatusCode Status => response.StatusCode;

    public string Html => html;

    public IHtmlDocument Document { get; } = s_parser.ParseDocument(html);

    /// <summary>The text of the main heading.</summary>
    public string Heading => Document.QuerySelector("h1")?.TextContent.Trim() ?? "";

    /// <summary>The page's error or success message; empty if there is none.</summary>
    public string Notice =>
        string.Join(' ', Document.QuerySelectorAll(".notice")
        .Select(n => string.Join(' ', n.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))));

    /// <summary>The names of the servers in the page's footer.</summary>
    public IReadOnlyList<string> ServedBy => [.. Document.QuerySelectorAll("#served-by b").Select(b => b.TextContent)];

    /// <summary>The value of a field.</summary>
    public string? Field(string name) => Document.QuerySelector($"main [name='{name}']") switch
    {
        IHtmlTextAreaElement area => area.Value,
        IHtmlInputElement input => input.Value,
        _ => null,
    };

    /// <summary>The form in the main part of the page whose action or button has this handler.</summary>
    public SiteForm Form(string handler = "")
    {
        foreach (var form in Document.QuerySelectorAll("form[method=post]").OrderBy(f => f.Closest("main") is null))
        {
            string?[] actions =
            [
                form.GetAttribute("action"), .. form.QuerySelectorAll("button[formaction]").Select(b => b.GetAttribute("formaction")),
            ];
            if (Array.Find(actions, action => HandlerOf(action) == handler) is { } found)
            {
                return new SiteForm(found, form.QuerySelectorAll("input, textarea").ToDictionary(
                    field => field.GetAttribute("name")!,
                    field => field is IHtmlTextAreaElement area ? area.Value : ((IHtmlInputElement)field).Value));
            }
        }

        throw new InvalidOperationException(
            $"No form with the handler '{handler}' in the page {response.RequestMessage?.RequestUri} ({(int)Status}):\n{html}");
    }

    private static string HandlerOf(string? action)
    {
        var query = action?.Split('#')[0].Split('?').ElementAtOrDefault(1) ?? "";
        return query.Split('&').FirstOrDefault(p => p.StartsWith("handler=", StringComparison.Ordinal))?["handler=".Length..] ?? "";
    }
}

/// <summary>A form of a page.</summary>
/// <param name="Action">The address that the form is submitted to.</param>
/// <param name="Fields">The fields with their values, including hidden ones.</param>
internal sealed record SiteForm(string Action, Dictionary<string, string> Fields)
{
    public string Key => Fields["Idempotency-Key"];

    /// <summary>Returns a copy of the form with the given values.</summary>
    public SiteForm With(params (string Name, string Value)[] values)
    {
        var fields = new Dictionary<string, string>(Fields);
        foreach (var (name, value) in values)
        {
            fields[name] = value;
        }

        return this with { Fields = fields };
    }
}
