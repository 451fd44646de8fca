using ScaleUp.Web.Operations;

namespace ScaleUp.Tests.Operations;

/// <summary>The parser reads the statistics of all HAProxy versions, and rejects truncated or invalid ones.</summary>
public sealed class LoadBalancerStatisticsTests
{
    [Theory]
    [InlineData("3.0")]
    [InlineData("3.1")]
    [InlineData("3.2")]
    [InlineData("3.3")]
    [InlineData("3.4")]
    public void Columns_are_read_by_name_in_each_version(string version)
    {
        var text = new StatisticsText(version)
            .Add("public-front", "FRONTEND", ("status", "OPEN"), ("req_tot", 17))
            .Add("web", "web-1", ("status", "UP"), ("stot", 12), ("check_desc", "Layer7 check passed"), ("addr", "172.17.0.1:5000"),
                ("srid", 7))
            .Add("web", "BACKEND", ("status", "UP"), ("qcur", 3));

        var lines = text.Parse();

        Assert.Equal(["public-front FRONTEND", "web web-1", "web BACKEND"], lines.Select(line => $"{line.Proxy} {line.Name}"));
        Assert.Equal((17L, null), (lines[0].Number("req_tot"), lines[0].Number("stot")));
        Assert.Equal((12L, "172.17.0.1:5000", "7", ServerState.Up, "Layer7 check passed"), (lines[1].Number("stot"), lines[1].Text("addr"),
            lines[1].Text("srid"), lines[1].State, lines[1].Check));
        Assert.Equal([false, true, false], lines.Select(line => line.IsServer));
        Assert.Equal(3, lines[2].Number("qcur"));
    }

    [Theory]
    [InlineData("UP", ServerState.Up)]
    [InlineData("UP 1/3", ServerState.Up)]
    [InlineData("no check", ServerState.Up)]
    [InlineData("DOWN", ServerState.Down)]
    [InlineData("DOWN 1/2", ServerState.Down)]
    [InlineData("DRAIN", ServerState.Draining)]
    [InlineData("NOLB", ServerState.Draining)]
    [InlineData("NOLB 1/2", ServerState.Draining)]
    [InlineData("MAINT", ServerState.Standby)]
    [InlineData("MAINT (via web/web-1)", ServerState.Standby)]
    [InlineData("MAINT (resolution)", ServerState.Down)]
    [InlineData("", ServerState.Unknown)]
    [InlineData("SOMETHING NEW", ServerState.Unknown)]
    public void Each_status_maps_to_a_state(string status, ServerState state) =>
        Assert.Equal(state, Assert.Single(new StatisticsText().Server("web", "web-1", status).Parse()).State);

    [Fact]
    public void Quoted_fields_may_contain_quotes_and_commas()
    {
        var line = Assert.Single(LoadBalancerStatistics.Parse(
            "# pxname,svname,last_chk,addr,\nweb,web-1,\"says \"\"no, thanks\"\"\",127.0.0.1:9,\n"));

        Assert.Equal(("says \"no, thanks\"", "127.0.0.1:9"), (line.Text("last_chk"), line.Text("addr")));
    }

    [Fact]
    public void Lines_may_end_with_CRLF() =>
        Assert.Equal("UP", Assert.Single(LoadBalancerStatistics.Parse("# pxname,svname,status\r\nweb,web-1,UP\r\n\r\n")).Text("status"));

    [Fact]
    public void Missing_columns_and_invalid_numbers_are_null()
    {
        var line = Assert.Single(LoadBalancerStatistics.Parse("# pxname,svname,scur,qcur,\nweb,web-1,,-1,\n"));

        Assert.Equal((null, null, null, "", ""), (line.Number("scur"), line.Number("qcur"), line.Number("stot"), line.Text("status"),
            line.Check));
    }

    [Theory]
    [InlineData("", "Expected the statistics of a load balancer, but received ''.")]
    [InlineData("<!DOCTYPE html>\n", "Expected the statistics of a load balancer, but received '<!DOCTYPE html>'.")]
    [InlineData("pxname,svname,\nweb,web-1,\n", "Expected the statistics")]
    [InlineData("# pxname,svname,status,\nweb,web-1,UP,\nweb,web-2,U", "The statistics are truncated in the middle of a line.")]
    [InlineData("# pxname,svname,stat", "The statistics are truncated in the middle of a line.")]
    [InlineData("# pxname,svname,status,\nweb,web-1\n", "A line of the statistics has 2 of 3 columns: 'web,web-1'.")]
    [InlineData("# pxname,svname,status,\nweb,web-1,\"UP,\n", "The statistics contain an unclosed quotation mark")]
    [InlineData("# pxname,svname,status,\n\u0001\u0002\u0003\n", "A line of the statistics has 1 of 3 columns")]
    public void Truncated_or_invalid_text_is_rejected(string text, string reason) =>
        Assert.StartsWith(reason, Assert.Throws<FormatException>(() => LoadBalancerStatistics.Parse(text)).Message);

    [Fact]
    public void Text_truncated_at_any_position_is_rejected_or_yields_complete_lines_only()
    {
        var text = new StatisticsText("3.0").Server("web", "web-1", total: 123).Server("web", "web-2", total: 456).ToString();
        var whole = LoadBalancerStatistics.Parse(text);

        for (var length = 0; length < text.Length; length++)
        {
            try
            {
                Assert.All(LoadBalancerStatistics.Parse(text[..length]), line => Assert.Contains(whole, w => w.Name == line.Name
                    && w.Number("stot") == line.Number("stot") && w.Check == line.Check));
            }
            catch (FormatException)
            {
                // Expected.
            }
        }
    }
}
