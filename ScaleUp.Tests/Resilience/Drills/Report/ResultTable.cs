using System.Globalization;
using System.Text;
using ScaleUp.Tests.Drills.Load;

namespace ScaleUp.Tests.Drills.Report;

/// <summary>Formats all results as one Markdown table, for the console and the README.</summary>
internal static class ResultTable
{
    private static readonly string[] s_head =
        ["drill", "requests", "failed reads", "failed writes", "of these 503", "lost", "doubled", "without a good answer", "before (ms)",
            "during (ms)", "after (ms)", "full strength", "result"];

    public static string Render(IEnumerable<DrillResult> results)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        Table.Write(text, s_head, results.Select(Row));
        text.WriteLine();
        text.WriteLine("Times before, during and after the fault: p50 / p99 / p99.9 from the moment at which a request was due.");
        return text.ToString();
    }

    /// <summary>Explains a result: the limits that were missed, and the first failed requests.</summary>
    public static string Explain(DrillResult result)
    {
        var text = new StringBuilder($"{result.Name}: {result.VerdictInWords}").AppendLine();
        if (!result.Pace.IsKept)
        {
            text.AppendLine($"  This machine was too slow for the load: {result.Pace.Sent} of {result.Pace.Expected} requests were sent, " +
                $"late by {Durations.Milliseconds(result.Pace.Lateness)} ms (p99).");
        }

        foreach (var check in result.Checks.Where(check => !check.IsMet))
        {
            text.AppendLine($"  {check}");
        }

        foreach (var sample in result.Samples.Where(sample => !sample.IsGood).OrderBy(sample => sample.Scheduled).Take(10))
        {
            text.AppendLine($"  {sample}");
        }

        foreach (var entry in result.Ledger.Lost.Concat(result.Ledger.Doubled).Take(10))
        {
            text.AppendLine($"  {entry}");
        }

        return text.ToString();
    }

    private static string[] Row(DrillResult result) =>
    [
        result.Name,
        Number(result.Samples.Count),
        Number(result.FailedReads.Count()),
        Number(result.FailedWrites.Count()),
        Number(result.Samples.Count(sample => sample.Answer.Outcome == Outcome.Unavailable)),
        $"{result.Ledger.Lost.Count} of {result.Ledger.Acknowledged}",
        Number(result.Ledger.Doubled.Count),
        Durations.Seconds(result.LongestWithoutGood),
        Latency(result.Before),
        Latency(result.During),
        Latency(result.After),
        Durations.Seconds(result.Recovery),
        result.VerdictInWords,
    ];

    private static string Latency(Percentiles? times) => times is null ? ""
        : string.Join(" / ", new[] { times.P50, times.P99, times.P999 }.Select(Durations.Milliseconds));

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
