using Aspire.Hosting.HAProxy;

namespace ScaleUp.Tests.HAProxy;

/// <summary>What a load balancer says of itself is read by the names of the columns, which come and go with versions of HAProxy.</summary>
public sealed class StatisticsTests
{
    // What HAProxy 3.0.11 answered, up to the column "addr". web-3 was told to drain, web-4 answers its check with 404.
    private const string Answer = """
        # pxname,svname,qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,act,bck,chkfail,chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,rate_lim,rate_max,check_status,check_code,check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate,req_rate_max,req_tot,cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,lastsess,last_chk,last_agt,qtime,ctime,rtime,ttime,agent_status,agent_code,agent_duration,check_desc,agent_desc,check_rise,check_fall,check_health,agent_rise,agent_fall,agent_health,addr,
        public,FRONTEND,,,0,0,9982,0,0,0,0,0,0,,,,,OPEN,,,,,,,,,1,2,0,,,,0,0,0,0,,,,0,0,0,0,0,0,,0,0,0,,,0,0,0,0,,,,,,,,,,,,,,,,,,,,
        web,web-1,0,0,0,0,,0,0,0,,0,,0,0,0,0,UP,1,1,0,0,0,4,0,,1,5,1,,0,,2,0,,0,L7OK,200,0,0,0,0,0,0,0,,,,0,0,0,,,,,-1,,,0,0,0,0,,,,Layer7 check passed,,2,2,3,,,,127.0.0.1:81,
        web,web-2,0,0,0,0,,0,0,0,,0,,0,0,0,0,DOWN,1,1,0,1,1,3,3,,1,5,2,,0,,2,0,,0,L4CON,,0,0,0,0,0,0,0,,,,0,0,0,,,,,-1,Connection refused,,0,0,0,0,,,,Layer4 connection problem,,2,2,0,,,,127.0.0.1:9,
        web,web-3,0,0,0,0,,0,0,0,,0,,0,0,0,0,DRAIN,1,1,0,0,0,4,0,,1,5,3,,0,,2,0,,0,L7OK,200,0,0,0,0,0,0,0,,,,0,0,0,,,,,-1,,,0,0,0,0,,,,Layer7 check passed,,2,2,3,,,,127.0.0.1:81,
        web,web-4,0,0,0,0,,0,0,0,,0,,0,0,0,0,NOLB,1,1,0,0,0,3,0,,1,5,4,,0,,2,0,,0,L7OKC,404,0,0,0,0,0,0,0,,,,0,0,0,,,,,-1,,,0,0,0,0,,,,Layer7 check conditionally passed,,2,2,3,,,,127.0.0.1:82,
        web,BACKEND,0,0,0,0,999,0,0,0,0,0,,0,0,0,0,UP,1,1,0,,0,4,0,,1,5,0,,0,,1,0,,0,,,,0,0,0,0,0,0,,,,0,0,0,0,0,0,0,-1,,,0,0,0,0,,,,,,,,,,,,,
        tcp,web-6,0,0,0,0,,0,0,0,,0,,0,0,0,0,DOWN,1,1,0,1,1,2,2,,1,6,1,,0,,2,0,,0,L4CON,,0,0,0,0,0,0,0,,,,0,0,0,,,,,-1,"Connection refused at step 1 of tcp-check (connect port 9) comment: 'connect, twice'",,0,0,0,0,,,,Layer4 connection problem,,2,3,0,,,,127.0.0.1:9,
        tcp,BACKEND,0,0,0,0,1,0,0,0,0,0,,0,0,0,0,DOWN,0,0,0,,1,2,2,,1,6,0,,0,,1,0,,0,,,,0,0,0,0,0,0,,,,0,0,0,0,0,0,0,-1,,,0,0,0,0,,,,,,,,,,,,,


        """;

    [Fact]
    public void Each_frontend_server_and_backend_has_a_line() => Assert.Equal(
        ["public FRONTEND", "web web-1", "web web-2", "web web-3", "web web-4", "web BACKEND", "tcp web-6", "tcp BACKEND"],
        HAProxyStatistics.Parse(Answer).Lines.Select(line => $"{line.Proxy} {line.Name}"));

    [Theory]
    [InlineData("web-1", "UP", true, false, false)]
    [InlineData("web-2", "DOWN", false, true, false)]
    [InlineData("web-3", "DRAIN", false, false, true)]
    [InlineData("web-4", "NOLB", false, false, false)]
    public void A_server_is_up_down_drained_or_leaves(string server, string status, bool up, bool down, bool drained)
    {
        var line = HAProxyStatistics.Parse(Answer).Server("web", server)!;

        Assert.Equal((status, up, down, drained), (line.Status, line.IsUp, line.IsDown, line.IsDrained));
    }

    [Theory]
    [InlineData("UP 1/3", true, false)] // It failed checks, and is not yet down.
    [InlineData("DOWN 1/2", false, true)] // It passed some, and is not yet up.
    [InlineData("MAINT (resolution)", false, true)] // Its name does not resolve.
    [InlineData("MAINT", false, true)]
    [InlineData("no check", true, false)]
    public void States_have_additions(string status, bool up, bool down)
    {
        var line = Parse("status", status);

        Assert.Equal((up, down), (line.IsUp, line.IsDown));
    }

    [Fact]
    public void The_reason_is_HAProxys_own_words()
    {
        var statistics = HAProxyStatistics.Parse(Answer);

        Assert.Equal("Layer7 check passed", statistics.Server("web", "web-1")!.Reason);
        Assert.Equal("Layer4 connection problem: Connection refused", statistics.Server("web", "web-2")!.Reason);
    }

    [Fact]
    public void A_comma_in_quotes_ends_no_column()
    {
        var line = HAProxyStatistics.Parse(Answer).Server("tcp", "web-6")!;

        Assert.EndsWith("at step 1 of tcp-check (connect port 9) comment: 'connect, twice'", line.Reason);
        Assert.Equal("127.0.0.1:9", line.Text("addr")); // A column after it.
    }

    [Fact]
    public void A_doubled_quote_is_one_quote() => Assert.Equal("says \"no, thanks\"", Parse("last_chk", "\"says \"\"no, thanks\"\"\"").Text("last_chk"));

    [Fact]
    public void Columns_that_are_not_there_or_empty_are_nothing_and_zero()
    {
        var line = Parse("scur", "");

        Assert.Equal(("", "", 0, 0), (line.Status, line.Reason, line.InFlight, line.Number("stot")));
    }

    [Fact]
    public void A_line_that_is_too_short_is_read_as_far_as_it_goes() =>
        Assert.Equal(("web-1", ""), HAProxyStatistics.Parse("# pxname,svname,status\nweb,web-1\n").Lines.Select(line => (line.Name, line.Status)).Single());

    [Fact]
    public void A_server_that_is_not_known_has_no_line() => Assert.Null(HAProxyStatistics.Parse(Answer).Server("api", "web-1"));

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("Unknown command: 'stat', but maybe one of the following ones is a better match:\n")]
    [InlineData("pxname\n")]
    [InlineData("# pxname,svname,status\nweb\n")] // Cut off.
    [InlineData("# pxname,svname,status\nweb,web-1,\"UP\n")]
    [InlineData("\"# pxname,svname\n")]
    public void What_is_no_such_answer_is_refused(string answer)
    {
        var exception = Assert.Throws<RuntimeApiException>(() => HAProxyStatistics.Parse(answer));

        Assert.StartsWith("The response to 'show stat' is invalid", exception.Message);
    }

    private static HAProxyStatistics.Line Parse(string column, string value) =>
        HAProxyStatistics.Parse($"# pxname,svname,{column},\nweb,web-1,{value},\n").Lines.Single();
}
