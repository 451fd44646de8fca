using AngleSharp.Dom;
using AngleSharp.Html.Parser;
using ScaleUp.Api.Text;

namespace ScaleUp.Tests.Api;

/// <summary>What becomes of Markdown: all that its author meant, and never more than its length is worth.</summary>
public sealed class MarkdownRendererTests
{
    private const long MaxBytes = 200_000_000;

    /// <summary>Names of texts, and lengths.</summary>
    public static TheoryData<string, int> Explosions
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
        ["one more than the other"] = n => Repeat("**a *", n),
        ["deleted and inserted"] = n => Repeat("~~a ++b ==c ", n),
        ["images"] = n => Repeat("![](", n),
        ["links"] = n => Repeat("[](", n),
        ["empty links"] = n => Repeat("[]()", n),
        ["addresses"] = n => Repeat("http://a.b ", n),
        ["addresses in each other"] = n => Repeat("http://a.b(", n),
        ["empty headings"] = n => Repeat("#\n", n),
        ["equal headings"] = n => Repeat("# a\n", n),
        ["empty items"] = n => Repeat("-\n", n),
        ["nested items"] = n => Repeat(Repeat("- ", 50) + "a\n", n),
        ["nested quotes"] = n => Repeat(Repeat(">", 60) + "a\n\n", n),
        ["lines"] = n => Repeat("\\\n", n),
        ["code"] = n => Repeat("`a``", n),
    };

    [Theory]
    [MemberData(nameof(Explosions))]
    public void A_text_becomes_at_most_ten_times_as_long_with_bounded_memory_or_is_refused(string name, int length)
    {
        var text = s_texts[name](length);
        // What is allocated once is not for this text.
        MarkdownRenderer.TryRender("a", TextKind.Article, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var isRendered = MarkdownRenderer.TryRender(text, TextKind.Article, out var rendered);

        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;
        Assert.True(bytes < MaxBytes, $"{bytes} bytes were needed.");
        Assert.True(!isRendered || rendered!.Html.Length <= Math.Max(1000, 10 * text.Length), $"{rendered?.Html.Length} characters of HTML for {text.Length}.");
    }

    [Fact]
    public void A_long_text_of_the_usual_kind_is_rendered()
    {
        var text = Repeat("""
            ## A heading

            Words with *emphasis*, **more of it**, `code` and [a link](https://example.org/path?query=1), some [of][many], and https://example.org.

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
    public void A_table_of_five_hundred_rows_is_rendered() => Assert.True(MarkdownRenderer.TryRender(
        "| name | count | link |\n|---|--:|:-:|\n" + string.Concat(Enumerable.Range(0, 500).Select(n => $"| row number {n} | {n} | **[here](/{n})** |\n")), TextKind.Article, out _));

    [Fact]
    public void The_alignment_of_a_column_is_kept_without_a_style()
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
    public void A_link_to_a_part_leads_to_its_heading(string heading, string link)
    {
        var body = Render($"# {heading}\n\n[there]({link})");

        var target = Uri.UnescapeDataString(body.QuerySelector("a")!.GetAttribute("href")![1..]);
        Assert.StartsWith("part_", target);
        Assert.Equal(target, body.QuerySelector("h1")!.Id);
    }

    [Fact]
    public void Headings_with_the_same_words_have_ids_of_their_own_and_none_has_an_id_of_the_page()
    {
        var body = Render("# Comments\n\n# Comments\n\n# Comments 1\n\n# !?\n\n[a](#part_comments-1)");

        Assert.Equal(["part_comments", "part_comments-1", "part_comments-1-1", null], body.QuerySelectorAll("h1").Select(heading => heading.GetAttribute("id")));
        Assert.Equal("#part_comments-1", body.QuerySelector("a")!.GetAttribute("href"));
    }

    [Fact]
    public void Headings_of_comments_have_no_ids_since_many_comments_are_on_one_page()
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
