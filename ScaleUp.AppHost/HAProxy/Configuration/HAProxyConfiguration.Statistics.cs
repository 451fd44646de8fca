using System.Text;

namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    /// <summary>The environment variable with the key that opens <see cref="StatisticsPath"/>. Without it that path is like any
    /// other.</summary>
    public const string StatisticsKeyVariable = "LB_STATISTICS_KEY";

    /// <summary>The header in which another tier sends that key.</summary>
    public const string StatisticsKeyHeader = "X-Statistics-Key";

    /// <summary>
    /// The path at which each internal frontend returns the load balancer's own statistics to a tier that sends the key; with <c>;csv</c>
    /// behind it as
    /// CSV (https://docs.haproxy.org/3.0/management.html#9.1).
    /// </summary>
    public const string StatisticsPath = "/load-balancer-statistics";

    // Nothing can be changed there: that would take "stats admin". Legends add the servers' addresses.
    private static readonly string s_statistics = $$"""
        .if defined({{StatisticsKeyVariable}})
            # The statistics of this load balancer, for another tier that has the key.
            http-request return status 404 content-type text/plain string "There is nothing here" if { path_beg {{StatisticsPath}} } !{ req.hdr({{StatisticsKeyHeader}}) -m str "${{{StatisticsKeyVariable}}}" }
            stats enable
            stats uri {{StatisticsPath}}
            stats show-legends
        .endif

        """;

    // An answer that goes on for minutes must take no place of those that are over in milliseconds. A server that is silent in the middle
    // of it is
    // given up, and the client asks again.
    private static void RenderStreams(StringBuilder text, HAProxySettings settings, HAProxyBackend backend)
    {
        text.Append($$"""

            # The same servers for responses that never end by themselves, which have places of their own.
            backend {{backend.StreamsName}} from servers
                timeout server {{Time(settings.StreamTimeout)}}

            """);
        RenderTwins(text, settings, backend, $"maxconn {settings.MaxStreamsPerServer}");
    }

    private static void RenderStreamRule(StringBuilder text, HAProxySettings settings, HAProxyBackend backend) => text.Append($$"""
            # Event streams have places of their own at the servers too.
            use_backend {{backend.StreamsName}} if { method GET } { path,url_dec -m reg -i '^/+({{string.Join('|', settings.StreamPaths.Select(PatternOf))}})/*$' }

        """);
}
