using System.Text.Json;
using System.Xml.Linq;
using ScaleUp.Tests.Drills.Load;
using static ScaleUp.Tests.Drills.Report.Example;

namespace ScaleUp.Tests.Drills.Report;

public sealed class ReportTests
{
    private static readonly DrillResult s_bad = Good("kill-lb").With(
        Sample(31.2, RequestKind.Read, Outcome.Failed, 1234), Sample(31.4, RequestKind.Write, Outcome.Unavailable),
        Sample(31.6, RequestKind.Read, Outcome.Copy));

    [Fact]
    public void Figures_are_those_of_the_samples()
    {
        Assert.Equal((1, 1), (s_bad.FailedReads.Count(), s_bad.FailedWrites.Count()));
        Assert.Equal(20, s_bad.Before!.Max.TotalMilliseconds);
        Assert.Equal(1234, s_bad.During!.Max.TotalMilliseconds, 0.001);
        Assert.Equal(20, s_bad.After!.Max.TotalMilliseconds);
        Assert.Equal(Seconds(3), s_bad.Recovery);
    }

    [Theory]
    [InlineData(30, 35, 5)]
    [InlineData(10, 20, 10)]
    [InlineData(60, 70, 10)]
    public void The_longest_time_without_a_good_answer_is_found_in_the_middle_at_the_beginning_and_at_the_end(
        double from, double to, double expected)
    {
        var good = Good("kill-lb");

        var result = good with
        {
            Samples =
            [
                .. good.Samples.Where(sample => sample.Scheduled < Seconds(from) || sample.Scheduled >= Seconds(to)),
                Sample(32, RequestKind.Read, Outcome.Failed),
            ],
        };

        Assert.Equal(expected, result.LongestWithoutGood.TotalSeconds, 0.15);
    }

    [Fact]
    public void The_table_has_a_line_for_each_drill_and_all_columns_are_as_wide_as_their_widest()
    {
        var lines = ResultTable.Render([s_bad, Good("hang-api")]).Split(Environment.NewLine);

        Assert.StartsWith("| drill ", lines[0]);
        Assert.Matches(@"^\| kill-lb +\| 603 +\| 1 +\| 1 +\| 1 +\| 0 of 60 +\| 0 +\|.*\| 20 / 20 / 20 +\| 20 / 20 / 1234 +\| 20 / 20 / 20 +\| 3\.00 s +\| passed +\|$", lines[2]);
        Assert.Single(lines.Take(4).Select(line => line.Length).Distinct());
    }

    [Fact]
    public void Failures_are_explained_with_the_first_failed_requests()
    {
        var text = ResultTable.Explain(
            s_bad with { Checks = [new("failed reads", "0", "1", false), new("writes doubled", "0", "0", true)] });

        Assert.Contains("kill-lb: FAILED", text);
        Assert.Contains("NOT MET: failed reads 1 (limit: 0)", text);
        Assert.DoesNotContain("doubled", text);
        Assert.Contains("31.200 s, Read /: Failed 500 by lb-1, web-1 after 1234 ms", text);
    }

    [Fact]
    public void The_json_has_figures_failures_and_an_entry_for_each_second()
    {
        using var json = JsonDocument.Parse(ResultJson.Render(s_bad, "a machine"));
        var root = json.RootElement;

        Assert.Equal("kill-lb", root.GetProperty("name").GetString());
        Assert.Equal("passed", root.GetProperty("verdict").GetString());
        Assert.Equal(1, root.GetProperty("failedReads").GetInt32());
        Assert.Equal(1234, root.GetProperty("during").GetProperty("p999").GetDouble());
        Assert.Equal(3000, root.GetProperty("recovery").GetDouble());
        Assert.Equal(2, root.GetProperty("failures").GetArrayLength());
        var seconds = root.GetProperty("seconds").EnumerateArray().ToArray();
        Assert.Equal(60, seconds.Length);
        Assert.Equal(s_bad.Samples.Count,
            seconds.Sum(s => s.GetProperty("good").GetInt32() + s.GetProperty("copies").GetInt32() + s.GetProperty("unavailable")
            .GetInt32() + s.GetProperty("failed").GetInt32()));
        Assert.Equal((1, 1234), (seconds[21].GetProperty("failed").GetInt32(), seconds[21].GetProperty("slowest").GetDouble()));
    }

    [Fact]
    public void The_chart_shows_the_fault_and_every_failure_in_light_and_dark()
    {
        var picture = XDocument.Parse(ResultPicture.Render(s_bad));

        var fault = Assert.Single(OfClass("fault"));
        // 30 to 43 of 10 to 70 seconds.
        Assert.Equal(56 + (720 * 20 / 60.0), (double)fault.Attribute("x")!, 0.1);
        Assert.Equal(720 * 13 / 60.0, (double)fault.Attribute("width")!, 0.1);
        Assert.Contains("Kill kill-lb <&>", fault.Value);
        var failed = Assert.Single(OfClass("failed"));
        Assert.True((double)failed.Attribute("height")! >= 3, failed.ToString());
        Assert.Single(OfClass("unavailable"));
        Assert.Single(OfClass("copy"));
        Assert.Equal(60, OfClass("good").Count());
        Assert.Contains("prefers-color-scheme: dark", picture.ToString());

        IEnumerable<XElement> OfClass(string name) => picture.Descendants()
            .Where(element => element.Name.LocalName == "rect" && (string?)element.Attribute("class") == name);
    }

    [Fact]
    public void A_chart_of_an_hour_is_not_finer_than_a_screen()
    {
        var good = Good("kill-lb");
        var hour = good with
        {
            End = Seconds(3610),
            Samples = [.. Enumerable.Range(0, 3600).Select(i => Sample(10 + i, RequestKind.Read))],
            PerSecond = 1,
        };

        Assert.Equal(240, XDocument.Parse(ResultPicture.Render(hour)).Descendants()
            .Count(element => element.Name.LocalName == "rect" && (string?)element.Attribute("class") == "good"));
    }

    [Fact]
    public void A_drill_without_any_response_can_be_reported()
    {
        var nothing = Good("kill-lb") with { Samples = [], Incidents = [] };

        Assert.Contains("kill-lb", ResultTable.Render([nothing]));
        Assert.NotNull(XDocument.Parse(ResultPicture.Render(nothing)).Root);
        Assert.Equal(60_000, nothing.LongestWithoutGood.TotalMilliseconds);
        using var json = JsonDocument.Parse(ResultJson.Render(nothing, ""));
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("before").ValueKind);
    }
}
