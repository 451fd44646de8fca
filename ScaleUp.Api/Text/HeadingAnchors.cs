using System.Globalization;
using System.Text;
using Markdig.Extensions.Tables;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using ScaleUp.Api.Data;

namespace ScaleUp.Api.Text;

/// <summary>
/// Assigns ids to the headings of an article, and makes fragment links refer to them: <c>[see](#some-part)</c> links to the heading
/// "Some part". A prefix keeps the ids apart from those of the page. Table alignments become classes, because the pages' content security
/// policy forbids inline styles.
/// </summary>
internal static class HeadingAnchors
{
    /// <summary>Prefix of heading ids. Slugs have no underscore, so a link that already has the prefix is recognizable.</summary>
    public const string Prefix = "part_";

    private const int MaxSlugLength = 64;

    public static void Mark(MarkdownDocument document, TextKind kind)
    {
        var used = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var node in document.Descendants())
        {
            switch (node)
            {
                case HeadingBlock heading when kind == TextKind.Article && SlugOf(TextOf(heading)) is { Length: > 0 } slug:
                    heading.GetAttributes().Id = Prefix + Unique(slug, used);
                    break;
                case LinkInline { IsImage: false, Url: ['#', _, ..] url } link when !url.StartsWith($"#{Prefix}", StringComparison.Ordinal):
                    link.Url = $"#{Prefix}{SlugOf(Uri.UnescapeDataString(url[1..]))}";
                    break;
                case Table table:
                    Align(table);
                    break;
            }
        }
    }

    private static void Align(Table table)
    {
        foreach (var row in table.OfType<TableRow>())
        {
            foreach (var (i, cell) in row.OfType<TableCell>().Index())
            {
                if (i < table.ColumnDefinitions.Count
                    && table.ColumnDefinitions[i].Alignment is { } alignment && alignment != TableColumnAlign.Left)
                {
                    cell.GetAttributes().AddClass(
                        alignment == TableColumnAlign.Right ? TextSanitizer.RightAligned : TextSanitizer.Centered);
                }
            }
        }

        // Otherwise Markdig renders them as style attributes.
        foreach (var column in table.ColumnDefinitions)
        {
            (column.Alignment, column.Width) = (null, 0);
        }
    }

    private static string Unique(string slug, Dictionary<string, int> used)
    {
        var number = used.GetValueOrDefault(slug);
        used[slug] = number + 1;
        // Another heading may already have the slug "part-1", so the numbered slug must be made unique too.
        return number == 0 ? slug : Unique(string.Create(CultureInfo.InvariantCulture, $"{slug}-{number}"), used);
    }

    private static string TextOf(HeadingBlock heading)
    {
        var text = new StringBuilder();
        foreach (var inline in heading.Inline?.Descendants() ?? [])
        {
            switch (inline)
            {
                case LiteralInline literal:
                    text.Append(literal.Content.AsSpan());
                    break;
                case CodeInline code:
                    text.Append(code.Content);
                    break;
                case LineBreakInline:
                    text.Append(' ');
                    break;
            }

            if (text.Length > MaxSlugLength)
            {
                break;
            }
        }

        return text.ToString();
    }

    // Keeps letters, combining marks and digits; whitespace, hyphens and underscores become one hyphen.
    private static string SlugOf(string text)
    {
        var slug = new StringBuilder();
        foreach (var rune in text.ToLowerInvariant().EnumerateRunes())
        {
            if (Rune.IsLetterOrDigit(rune) || UnicodeForms.IsMark(rune))
            {
                slug.Append(rune);
            }
            else if (slug is [.., not '-'] && (rune.Value is '-' or '_' || Rune.IsWhiteSpace(rune)))
            {
                slug.Append('-');
            }

            if (slug.Length >= MaxSlugLength)
            {
                break;
            }
        }

        return slug.ToString().TrimEnd('-');
    }
}
