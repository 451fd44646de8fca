using System.Globalization;
using System.Text;
using ScaleUp.Web.Operations;

namespace ScaleUp.Tests.Operations;

/// <summary>
/// Writes statistics in HAProxy's format, with the columns of each version (src/stats-proxy.c in the tags of haproxy/haproxy).
/// </summary>
internal sealed class StatisticsText
{
    // v3.0.0, v3.1.0 and v3.2.0 have the same columns; v3.3.0 and v3.4.0 have five more at the end.
    private const string Columns30 = "pxname,svname," +
        "qcur,qmax,scur,smax,slim,stot,bin,bout,dreq,dresp,ereq,econ,eresp,wretr,wredis,status,weight,act,bck,chkfail," +
        "chkdown,lastchg,downtime,qlimit,pid,iid,sid,throttle,lbtot,tracked,type,rate,rate_lim,rate_max,check_status," +
        "check_code,check_duration,hrsp_1xx,hrsp_2xx,hrsp_3xx,hrsp_4xx,hrsp_5xx,hrsp_other,hanafail,req_rate," +
        "req_rate_max,req_tot,cli_abrt,srv_abrt,comp_in,comp_out,comp_byp,comp_rsp,lastsess,last_chk,last_agt,qtime," +
        "ctime,rtime,ttime,agent_status,agent_code,agent_duration,check_desc,agent_desc,check_rise,check_fall," +
        "check_health,agent_rise,agent_fall,agent_health,addr,cookie,mode,algo,conn_rate,conn_rate_max,conn_tot," +
        "intercepted,dcon,dses,wrew,connect,reuse,cache_lookups,cache_hits,srv_icur,src_ilim,qtime_max,ctime_max," +
        "rtime_max,ttime_max,eint,idle_conn_cur,safe_conn_cur,used_conn_cur,need_conn_est,uweight," +
        "agg_server_check_status,agg_server_status,agg_check_status,srid,sess_other,h1sess,h2sess,h3sess,req_other," +
        "h1req,h2req,h3req,proto,";

    private const string Columns33 = Columns30 + "priv_idle_cur,reqbin,reqbout,resbin,resbout,";

    private readonly string[] _columns;
    private readonly StringBuilder _text = new();

    public StatisticsText(string version = "3.4")
    {
        _columns = (version is "3.0" or "3.1" or "3.2" ? Columns30 : Columns33).Split(',', StringSplitOptions.RemoveEmptyEntries);
        _text.Append("# ").AppendJoin(',', _columns).Append(",\n");
    }

    /// <summary>Adds a line; the other columns are empty.</summary>
    public StatisticsText Add(string proxy, string name, params (string Column, object Value)[] values)
    {
        var known = values.ToDictionary(v => v.Column, v => string.Format(CultureInfo.InvariantCulture, "{0}", v.Value));
        (known["pxname"], known["svname"]) = (proxy, name);
        Assert.Empty(known.Keys.Except(_columns));
        _text.AppendJoin(',', _columns.Select(column => known.GetValueOrDefault(column, "") is var v
            && v.Contains(',', StringComparison.Ordinal) ? $"\"{v}\"" : known.GetValueOrDefault(column, ""))).Append(",\n");
        return this;
    }

    /// <summary>Adds a server with typical values.</summary>
    public StatisticsText Server(string tier, string name, string status = "UP", long total = 0, long inFlight = 0, int changed = 100,
        string check = "Layer7 check passed", string address = "") =>
        Add(tier, name, ("status", status), ("stot", total), ("scur", inFlight), ("qcur", 0), ("rate", 3), ("lastchg", changed),
            ("check_desc", check), ("rtime", 10), ("hrsp_5xx", 0), ("addr", address));

    public override string ToString() => _text.ToString() + "\n";

    public IReadOnlyList<StatisticsLine> Parse() => LoadBalancerStatistics.Parse(ToString());
}
