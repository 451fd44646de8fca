using Aspire.Hosting.HAProxy;

namespace ScaleUp.Tests.HAProxy;

/// <summary>Statistics are parsed by column name, because the columns differ between versions of HAProxy.</summary>
public sealed class StatisticsTests
{
    // Output of HAProxy 3.0.11 up to the column "addr"; web-3 was set to drain, web-4 responds to its health check with 404.
    private static readonly string s_output = ReadOutput();

    [Fact]
    public void Each_frontend_server_and_backend_has_a_line() => Assert.Equal(
        ["public FRONTEND", "web web-1", "web web-2", "web web-3", "web web-4", "web BACKEND", "tcp web-6", "tcp BACKEND"],
        HAProxyStatistics.Parse(s_output).Lines.Select(line => $"{line.Proxy} {line.Name}"));

    [Theory]
    [InlineData("web-1", "UP", true, false, false)]
    [InlineData("web-2", "DOWN", false, true, false)]
    [InlineData("web-3", "DRAIN", false, false, true)]
    [InlineData("web-4", "NOLB", false, false, false)]
    public void A_server_is_up_down_drained_or_shutting_down(string server, string status, bool up, bool down, bool drained)
    {
        var line = HAProxyStatistics.Parse(s_output).Server("web", server)!;

        Assert.Equal((status, up, down, drained), (line.Status, line.IsUp, line.IsDown, line.IsDrained));
    }

    [Theory]
    [InlineData("UP 1/3", true, false)] // Failed some checks, but is not yet down.
    [InlineData("DOWN 1/2", false, true)] // Passed some checks, but is not yet up.
    [InlineData("MAINT (resolution)", false, true)] // The name does not resolve.
    [InlineData("MAINT", false, true)]
    [InlineData("no check", true, false)]
    public void A_status_may_have_details(string status, bool up, bool down)
    {
        var line = Parse("status", status);

        Assert.Equal((up, down), (line.IsUp, line.IsDown));
    }

    [Fact]
    public void The_reason_is_HAProxys_text()
    {
        var statistics = HAProxyStatistics.Parse(s_output);

        Assert.Equal("Layer7 check passed", statistics.Server("web", "web-1")!.Reason);
        Assert.Equal("Layer4 connection problem: Connection refused", statistics.Server("web", "web-2")!.Reason);
    }

    [Fact]
    public void A_quoted_comma_does_not_end_a_column()
    {
        var line = HAProxyStatistics.Parse(s_output).Server("tcp", "web-6")!;

        Assert.EndsWith("at step 1 of tcp-check (connect port 9) comment: 'connect, twice'", line.Reason);
        Assert.Equal("127.0.0.1:9", line.Text("addr")); // A later column.
    }

    [Fact]
    public void A_doubled_quote_is_an_escaped_quote() =>
        Assert.Equal("says \"no, thanks\"", Parse("last_chk", "\"says \"\"no, thanks\"\"\"").Text("last_chk"));

    [Fact]
    public void Missing_and_empty_columns_are_empty_or_zero()
    {
        var line = Parse("scur", "");

        Assert.Equal(("", "", 0, 0), (line.Status, line.Reason, line.InFlight, line.Number("stot")));
    }

    [Fact]
    public void Columns_missing_at_the_end_of_a_line_are_empty()
    {
        var line = HAProxyStatistics.Parse("# pxname,svname,status\nweb,web-1\n").Lines.Single();

        Assert.Equal(("web-1", ""), (line.Name, line.Status));
    }

    [Fact]
    public void An_unknown_server_has_no_line() => Assert.Null(HAProxyStatistics.Parse(s_output).Server("api", "web-1"));

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("Unknown command: 'stat', but maybe one of the following ones is a better match:\n")]
    [InlineData("pxname\n")]
    [InlineData("# pxname,svname,status\nweb\n")] // Truncated.
    [InlineData("# pxname,svname,status\nweb,web-1,\"UP\n")]
    [InlineData("\"# pxname,svname\n")]
    public void Invalid_output_is_rejected(string output)
    {
        var exception = Assert.Throws<RuntimeApiException>(() => HAProxyStatistics.Parse(output));

        Assert.StartsWith("The response to 'show stat' is invalid", exception.Message);
    }

    private static string ReadOutput()
    {
        using var reader = new StreamReader(
            typeof(StatisticsTests).Assembly.GetManifestResourceStream("ScaleUp.Tests.Unit.HAProxy.show-stat.csv")!);
        return reader.ReadToEnd();
    }

    private static HAProxyStatistics.Line Parse(string column, string value) =>
        HAProxyStatistics.Parse($"# pxname,svname,{column},\nweb,web-1,{value},\n").Lines.Single();
}
