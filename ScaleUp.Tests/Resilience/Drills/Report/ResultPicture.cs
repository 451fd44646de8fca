using System.Globalization;
using System.Text;
using System.Xml.Linq;

namespace ScaleUp.Tests.Drills.Report;

/// <summary>
/// Renders a result as an SVG chart for light and dark mode: the outcomes of the requests of each second above, their maximum latency on a
/// logarithmic scale below, with the time of each fault shaded.
/// </summary>
internal static class ResultPicture
{
    private const int Left = 56, Width = 720, Top = 56, Height = 160, Gap = 44, SlowHeight = 90, Columns = 240;

    private const string Style = """
        text { font: 12px system-ui, sans-serif; fill: #222 } .title { font-weight: 600; font-size: 15px } .quiet { fill: #666 }
        .paper { fill: #fff } .grid { stroke: #ddd } .fault { fill: #888; fill-opacity: .18 } .good { fill: #3b7dd8 } .copy { fill: #8fb8ec }
        .unavailable { fill: #e0a100 } .failed { fill: #d32f2f } .slow { fill: none; stroke: #6a4fb3; stroke-width: 1.5 }
        @media (prefers-color-scheme: dark) {
          text { fill: #eee } .quiet { fill: #aaa } .paper { fill: #16181d } .grid { stroke: #383c44 } .fault { fill: #bbb; fill-opacity: .16 }
          .good { fill: #4c8fe8 } .copy { fill: #2e5c99 } .failed { fill: #ff5f56 } .slow { stroke: #b39ddb }
        }
        """;

    public static string Render(DrillResult result)
    {
        // One slice per second of an hour would be finer than a screen.
        var width = TimeSpan.FromSeconds(Math.Max(1, Math.Ceiling((result.End - result.Start).TotalSeconds / Columns)));
        var slices = TimeSlice.Of(result, width);
        var length = Math.Max((result.End - result.Start).TotalSeconds, 1);
        var svg = new StringBuilder();
        const int Bottom = Top + Height, SlowBottom = Bottom + Gap + SlowHeight;
        svg.AppendLine(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Left + Width + 24} {SlowBottom + 56}" role="img" aria-label="{Escape($"{result.Name}: {result.Title}. {result.VerdictInWords}")}">""");
        svg.AppendLine($"<style>{Style}</style>").AppendLine("""<rect class="paper" width="100%" height="100%"/>""");
        Text(Left, 22, $"{result.Name}: {result.Title}", "title");
        svg.AppendLine(CultureInfo.InvariantCulture, $"""
            <text class="quiet" x="{Left}" y="42">requests a second: <tspan class="good">good {Total(s => s.Good)}</tspan>, <tspan class="copy">copies {Total(s => s.Copies)}</tspan>, <tspan class="unavailable">503 {Total(s => s.Unavailable)}</tspan>, <tspan class="failed">failed {Total(s => s.Failed)}</tspan></text>
            """);

        foreach (var incident in result.Incidents)
        {
            var (from, to) = (X(incident.Began), X(incident.Over(result.End)));
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<rect class="fault" x="{from:0.0}" y="{Top}" width="{Math.Max(to - from, 1):0.0}" height="{SlowBottom - Top}"><title>{Escape(incident.What)}</title></rect>""");
        }

        if (result.Incidents.Count is > 0 and <= 3)
        {
            Text(X(result.FirstFault) + 4, Top + 14, string.Join("; ", result.Incidents.Select(incident => incident.What)), "");
        }

        var most = Math.Max(result.PerSecond * 1.2,
            slices.Select(s => (s.Good + s.Copies + s.Unavailable + s.Failed) / width.TotalSeconds).DefaultIfEmpty().Max());
        foreach (var tick in new[] { 0, result.PerSecond / 2, result.PerSecond })
        {
            Grid(Bottom - (tick / most * Height), tick.ToString(CultureInfo.InvariantCulture));
        }

        foreach (var slice in slices)
        {
            var y = (double)Bottom;
            // Failures are at the bottom, where even a single one is visible.
            foreach (var (count, kind) in new[] { (slice.Failed, "failed"), (slice.Unavailable, "unavailable"), (slice.Copies, "copy"), (slice.Good, "good") }.Where(part => part.Item1 > 0))
            {
                var height = Math.Max(count / width.TotalSeconds / most * Height, kind == "failed" ? 3 : 0);
                y -= height;
                svg.AppendLine(CultureInfo.InvariantCulture, $"""<rect class="{kind}" x="{X(slice.From):0.0}" y="{y:0.0}" width="{width.TotalSeconds / length * Width * .86:0.0}" height="{height:0.0}"/>""");
            }
        }

        Text(Left, Bottom + Gap - 8, "slowest answer", "quiet");
        foreach (var (milliseconds, label) in new[] { (10, "10 ms"), (100, "100 ms"), (1000, "1 s"), (10_000, "10 s") })
        {
            Grid(Slow(TimeSpan.FromMilliseconds(milliseconds)), label);
        }

        svg.AppendLine($"""<polyline class="slow" points="{string.Join(' ', slices.Select(s => string.Create(CultureInfo.InvariantCulture, $"{X(s.From + (width / 2)):0.0},{Slow(s.Slowest):0.0}")))}"/>""");
        for (var second = 0; second <= length; second += Math.Max(5, (int)(length / 12) / 5 * 5))
        {
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<text class="quiet" text-anchor="middle" x="{X(result.Start + TimeSpan.FromSeconds(second)):0.0}" y="{SlowBottom + 18}">{second}</text>""");
        }

        Text(Left, SlowBottom + 42,
            $"seconds; shaded: from the fault until all servers are in use again. Result: {result.VerdictInWords}", "quiet");
        return svg.AppendLine("</svg>").ToString();

        double X(TimeSpan time) => Left + ((time - result.Start).TotalSeconds / length * Width);

        // The scale ranges from 3 ms to 20 s.
        static double Slow(TimeSpan time) =>
            SlowBottom - (Math.Clamp(Math.Log10(Math.Max(time.TotalMilliseconds, 3) / 3) / Math.Log10(20_000.0 / 3), 0, 1) * SlowHeight);

        int Total(Func<TimeSlice, int> count) => slices.Sum(count);

        void Text(double x, double y, string text, string kind) =>
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<text class="{kind}" x="{x:0.0}" y="{y:0.0}">{Escape(text)}</text>""");

        void Grid(double y, string label)
        {
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<line class="grid" x1="{Left}" x2="{Left + Width}" y1="{y:0.0}" y2="{y:0.0}"/>""");
            svg.AppendLine(CultureInfo.InvariantCulture, $"""<text class="quiet" text-anchor="end" x="{Left - 6}" y="{y + 4:0.0}">{label}</text>""");
        }
    }

    private static string Escape(string text) => new XText(text).ToString().Replace("\"", "&quot;", StringComparison.Ordinal);
}
