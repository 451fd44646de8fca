using Markdig;
using Markdig.Parsers;
using Markdig.Renderers;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace ScaleUp.Api.Text;

/// <summary>Rendering a text exceeds its budget.</summary>
internal sealed class RenderBudgetExceededException : Exception;

/// <summary>
/// Bounds the work of rendering one text. It counts work instead of measuring time, so that every machine accepts the same texts. Most
/// Markdown takes linear time; constructs with quadratic cost are counted here before they are processed.
/// </summary>
/// <param name="length">Length of the text in characters.</param>
internal sealed class RenderBudget(int length)
{
    private const int MaxGrowth = 10;
    private const int MinHtmlLength = 1000;
    private const int MinCells = 1000;

    /// <summary>In units of about ten nanoseconds.</summary>
    private const long MaxWork = 20_000_000;

    private static readonly object s_key = new();

    private long _work;
    private long _cells;

    /// <summary>Maximum length of the HTML in characters.</summary>
    public int MaxHtmlLength => Math.Max(MinHtmlLength, MaxGrowth * length);

    public MarkdownParserContext ToContext() => new() { Properties = { [s_key] = this } };

    public static RenderBudget? Of(MarkdownParserContext? context) => context?.Properties.GetValueOrDefault(s_key) as RenderBudget;

    /// <summary>Counts a paragraph or heading before the inline parser processes it.</summary>
    public void SpendOn(LeafBlock block)
    {
        var (characters, lines, delimiters, links, pipes) = (0L, 0L, 0L, 0L, 0L);
        foreach (var line in block.Lines.Lines.AsSpan(0, block.Lines.Count))
        {
            var text = line.Slice.AsSpan();
            characters += text.Length + 1;
            lines++;
            // Every row has as many cells as the widest row.
            pipes = Math.Max(pipes, text.Count('|'));
            delimiters += CountDelimiterRuns(text);
            // Each of these may start a link, for which the parser scans up to the end of the block.
            links += text.Count('[') + text.Count("://") + text.Count("www.") + text.Count("mailto:") + text.Count("tel:");
        }

        _cells += pipes == 0 ? 0 : (pipes + 1) * lines;
        if (_cells > Math.Max(MinCells, length))
        {
            throw new RenderBudgetExceededException();
        }

        // Each closing delimiter may be compared with all opening ones.
        Spend((2 * delimiters * delimiters) + (links * characters));
    }

    /// <summary>Counts siblings: the sanitizer finds an element's next sibling by scanning from the first, in quadratic time.</summary>
    public void SpendOnTree(MarkdownDocument document) => Visit(document);

    private void Visit(MarkdownObject node)
    {
        switch (node)
        {
            case ContainerBlock blocks:
                Spend((long)blocks.Count * blocks.Count);
                foreach (var block in blocks)
                {
                    Visit(block);
                }

                break;
            case LeafBlock { Inline: { } inlines }:
                Visit(inlines);
                break;
            case ContainerInline inlines:
                var count = 0L;
                foreach (var inline in inlines)
                {
                    count++;
                    Visit(inline);
                }

                Spend(count * count);
                break;
        }
    }

    private void Spend(long work)
    {
        if ((_work += work) > MaxWork)
        {
            throw new RenderBudgetExceededException();
        }
    }

    private static int CountDelimiterRuns(ReadOnlySpan<char> text)
    {
        var (count, last) = (0, '\0');
        foreach (var c in text)
        {
            if (c != last && c is '*' or '_' or '~' or '^' or '+' or '=')
            {
                count++;
            }

            last = c;
        }

        return count;
    }
}

/// <summary>Makes the budget count each block when the parser closes it.</summary>
internal sealed class RenderBudgetExtension : IMarkdownExtension
{
    public void Setup(MarkdownPipelineBuilder pipeline)
    {
        foreach (var parser in pipeline.BlockParsers.OfType<BlockParser>())
        {
            parser.Closed += (processor, block) =>
            {
                if (block is LeafBlock { ProcessInlines: true } leaf)
                {
                    RenderBudget.Of(processor.Context)?.SpendOn(leaf);
                }
            };
        }
    }

    public void Setup(MarkdownPipeline pipeline, IMarkdownRenderer renderer)
    {
    }
}
