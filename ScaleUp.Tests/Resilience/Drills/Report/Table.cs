using System.Globalization;

namespace ScaleUp.Tests.Drills.Report;

/// <summary>Markdown tables with aligned columns.</summary>
internal static class Table
{
    public static void Write(TextWriter output, IReadOnlyList<string> head, IEnumerable<string[]> rows)
    {
        string[][] all = [[.. head], .. rows];
        var widths = head.Select((_, column) => all.Max(row => row[column].Length)).ToArray();
        for (var i = 0; i < all.Length; i++)
        {
            output.WriteLine($"| {string.Join(" | ", all[i].Select((cell, column) => cell.PadRight(widths[column])))} |");
            if (i == 0)
            {
                output.WriteLine($"|{string.Join('|', widths.Select(width => new string('-', width + 2)))}|");
            }
        }
    }

    /// <summary>A number with thousands separators, such as 12,345.6.</summary>
    public static string Number(double number, int decimals) => number.ToString($"N{decimals}", CultureInfo.InvariantCulture);

    /// <summary>A number rounded to three significant digits, with at most four decimals.</summary>
    public static string Short(double number) =>
        Number(number, number == 0 ? 0 : Math.Clamp(2 - (int)Math.Floor(Math.Log10(Math.Abs(number))), 0, 4));
}
