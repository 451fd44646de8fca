using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using ScaleUp.Api.Text;

namespace ScaleUp.Tests.Api;

/// <summary>Markdown is rendered with bounded memory and a bounded size of the HTML, or rejected.</summary>
public sealed class MarkdownRendererTests
{
    private const long MaxBytes = 200_000_000;

    /// <summary>The names of the texts, each with several lengths in characters.</summary>
    public static TheoryData<string, int> HostileTexts
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var name in s_texts.Keys)
            {
                data.Add(name, 4_000);
                data.Add(name, 25_000);
                data.Add(name, 100_000);
            }

            return data;
        }
    }

    private static readonly Dictionary<string, Func<int, string>> s_texts = new()
    {
        ["a wide and tall table"] = n => Repeat("|", n / 4) + "\n" + Repeat("-|", n / 4) + "\n" + Repeat("|\n", n / 2),
        ["many tables"] = n => Repeat("||||||||||\n-|-|-|-|-|-|-|-|-|-\n|\n|\n|\n|\n|\n|\n|\n\n", n),
        ["many aligned cells"] = n => "a|b|c|d\n:-:|-:|:-|:-:\n" + Repeat("a|b|c|d\n", n),
        ["a table with emphasis in it"] = n => "|a|b|\n|-|-|\n" + Repeat("|*a|b\n", n),
        ["references to a long definition"] = n => $"[a]: /{Repeat("x", n / 2)}\n\n" + Repeat("[a]", n / 2),
        ["references to a long title"] = n => $"[a]: /x \"{Repeat("木", n / 2)}\"\n\n" + Repeat("[a]", n / 2),
        ["unbalanced emphasis"] = n => Repeat("*a **b ", n),
        ["unbalanced emphasis of two kinds"] = n => Repeat("a*b_", n),
        ["emphasis with one delimiter too many"] = n => Repeat("**a *", n),
        ["deleted and inserted"] = n => Repeat("~~a ++b ==c ", n),
        ["images"] = n => Repeat("![](", n),
        ["links"] = n => Repeat("[](", n),
        ["empty links"] = n => Repeat("[]()", n),
        ["URLs"] = n => Repeat("http://a.b ", n),
        ["nested URLs"] = n => Repeat("http://a.b(", n),
        ["empty headings"] = n => Repeat("#\n", n),
        ["identical headings"] = n => Repeat("# a\n", n),
        ["empty list items"] = n => Repeat("-\n", n),
        ["nested lists"] = n => Repeat(Repeat("- ", 50) + "a\n", n),
        ["nested quotes"] = n => Repeat(Repeat(">", 60) + "a\n\n", n),
        ["hard line breaks"] = n => Repeat("\\\n", n),
        ["code spans"] = n => Repeat("`a``", n),
    };

    [Theory]
    [MemberData(nameof(HostileTexts))]
    public void HTML_is_at_most_ten_times_as_long_as_its_Markdown_and_uses_bounded_memory_or_the_text_is_rejected(string name, int length)
    {
        var text = s_texts[name](length);
        // Render once before measuring, so that one-time allocations don't count.
        MarkdownRenderer.TryRender("a", TextKind.Article, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var isRendered = MarkdownRenderer.TryRender(text, TextKind.Article, out var rendered);

        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(bytes < MaxBytes, $"Rendering allocated {bytes} bytes; the limit is {MaxBytes}.");
        Assert.True(
            !isRendered || rendered!.Html.Length <= Math.Max(1000, 10 * text.Length),
            $"{text.Length} characters of Markdown became {rendered?.Html.Length} characters of HTML.");
    }

    [Fact]
    public void A_long_ordinary_text_is_rendered()
    {
        var text = Repeat("""
            ## A heading

            Text with *emphasis*, **strong emphasis**, `code` and [a link](https://example.org/path?query=1),
            [a reference][many], and https://example.org.

            - an item
            - another item

            | name | count | share |
            |:-----|------:|:-----:|
            | one  |     1 |  10 % |
            | two  |     2 |  20 % |

            ```csharp
            if (a || b) { c[d] *= e; }
            ```


            """, 99_000) + "[many]: https://example.org/many";

        Assert.True(MarkdownRenderer.TryRender(text, TextKind.Article, out var rendered));
        Assert.Contains("<code class=\"language-csharp\">", rendered.Html);
    }

    [Fact]
    public void A_table_with_five_hundred_rows_is_rendered()
    {
        var rows = Enumerable.Range(0, 500).Select(n => $"| row number {n} | {n} | **[here](/{n})** |\n");

        Assert.True(MarkdownRenderer.TryRender("| name | count | link |\n|---|--:|:-:|\n" + string.Concat(rows), TextKind.Article, out _));
    }

    [Fact]
    public void Column_alignment_becomes_a_class_instead_of_a_style()
    {
        var body = Render("| a | b | c | d |\n|---|:--|--:|:-:|\n| 1 | 2 | 3 | 4 |");

        Assert.Equal([null, null, "right", "center"], body.QuerySelectorAll("th").Select(cell => cell.GetAttribute("class")));
        Assert.Equal([null, null, "right", "center"], body.QuerySelectorAll("td").Select(cell => cell.GetAttribute("class")));
        Assert.Empty(body.QuerySelectorAll("[style]"));
    }

    [Theory]
    [InlineData("Some part", "#some-part")]
    [InlineData("Some *part* with `code`", "#some-part-with-code")]
    [InlineData("Über uns", "#über-uns")]
    [InlineData("Über uns", "#%C3%9Cber-uns")]
    [InlineData("हिन्दी", "#हिन्दी")]
    [InlineData("part_ 1", "#part-1")]
    [InlineData("What's new?", "#whats-new")]
    public void A_fragment_link_points_to_its_heading(string heading, string link)
    {
        var body = Render($"# {heading}\n\n[there]({link})");

        var target = Uri.UnescapeDataString(body.QuerySelector("a")!.GetAttribute("href")![1..]);
        Assert.StartsWith("part_", target);
        Assert.Equal(target, body.QuerySelector("h1")!.Id);
    }

    [Fact]
    public void Heading_ids_are_unique_and_do_not_collide_with_ids_of_the_page()
    {
        var body = Render("# Comments\n\n# Comments\n\n# Comments 1\n\n# !?\n\n[a](#part_comments-1)");

        Assert.Equal(
            ["part_comments", "part_comments-1", "part_comments-1-1", null],
            body.QuerySelectorAll("h1").Select(heading => heading.GetAttribute("id")));
        Assert.Equal("#part_comments-1", body.QuerySelector("a")!.GetAttribute("href"));
    }

    [Fact]
    public void Headings_in_comments_have_no_ids_because_a_page_shows_many_comments()
    {
        Assert.True(MarkdownRenderer.TryRender("# Comments", TextKind.Comment, out var text));
        Assert.Equal("<h1>Comments</h1>", text.Html.Trim());
    }

    private static IElement Render(string markdown)
    {
        Assert.True(MarkdownRenderer.TryRender(markdown, TextKind.Article, out var text));
        return new HtmlParser().ParseDocument(text.Html).Body!;
    }

    private static string Repeat(string piece, int length) => string.Concat(Enumerable.Repeat(piece, length / piece.Length));
}
