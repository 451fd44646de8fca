using Markdig;
using Markdig.Parsers;
using Markdig.Renderers;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace ScaleUp.Api.Text;

/// <summary>A text costs more than it may.</summary>
internal sealed class RenderBudgetExceededException : Exception;

/// <summary>
/// How much work one text may cause, counted and not timed, so that the same text is accepted on every machine. Most of Markdown takes
/// time that grows with its length; what grows with the square of something is counted here before it is done.
/// </summary>
/// <param name="length">Characters of the text.</param>
internal sealed class RenderBudget(int length)
{
    private const int MaxGrowth = 10;
    private const int MinHtmlLength = 1000;
    private const int MinCells = 1000;

    /// <summary>Units of some ten nanoseconds.</summary>
    private const long MaxWork = 20_000_000;

    private static readonly object s_key = new();

    private long _work;
    private long _cells;

    /// <summary>The most characters of HTML.</summary>
    public int MaxHtmlLength => Math.Max(MinHtmlLength, MaxGrowth * length);

    public MarkdownParserContext ToContext() => new() { Properties = { [s_key] = this } };

    public static RenderBudget? Of(MarkdownParserContext? context) => context?.Properties.GetValueOrDefault(s_key) as RenderBudget;

    /// <summary>Counts a paragraph or heading before its emphasis, links and cells are looked for.</summary>
    public void SpendOn(LeafBlock block)
    {
        var (characters, lines, delimiters, links, pipes) = (0L, 0L, 0L, 0L, 0L);
        foreach (var line in block.Lines.Lines.AsSpan(0, block.Lines.Count))
        {
            var text = line.Slice.AsSpan();
            characters += text.Length + 1;
            lines++;
            // A row gets as many cells as the widest has.
            pipes = Math.Max(pipes, text.Count('|'));
            delimiters += CountRuns(text);
            // Each may begin a link, and is followed up to the end of its text.
            links += text.Count('[') + text.Count("://") + text.Count("www.") + text.Count("mailto:") + text.Count("tel:");
        }

        _cells += pipes == 0 ? 0 : (pipes + 1) * lines;
        if (_cells > Math.Max(MinCells, length))
        {
            throw new RenderBudgetExceededException();
        }

        // Each closing delimiter may be compared with all that were opened.
        Spend((2 * delimiters * delimiters) + (links * characters));
    }

    /// <summary>Counts what has many neighbours: the sanitiser finds the next one of an element by counting from the first.</summary>
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

    private static int CountRuns(ReadOnlySpan<char> text)
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

/// <summary>Lets the budget count each block as soon as it has ended.</summary>
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
