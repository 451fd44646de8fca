using System.Text;

namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    /// <summary>
    /// The environment variable with the key for <see cref="StatisticsPath"/>. If it is not set, the path has no special meaning.
    /// </summary>
    public const string StatisticsKeyVariable = "LB_STATISTICS_KEY";

    /// <summary>The header in which another tier sends that key.</summary>
    public const string StatisticsKeyHeader = "X-Statistics-Key";

    /// <summary>
    /// The path at which each internal frontend returns the load balancer's statistics to a tier that sends the key, as CSV with the suffix
    /// <c>;csv</c> (https://docs.haproxy.org/3.0/management.html#9.1).
    /// </summary>
    public const string StatisticsPath = "/load-balancer-statistics";

    // Read-only without "stats admin". Legends add the servers' addresses.
    private static readonly string s_statistics = $$"""
        .if defined({{StatisticsKeyVariable}})
            # The statistics of this load balancer, for tiers that send the key.
            http-request return status 404 content-type text/plain string "Page not found" if { path_beg {{StatisticsPath}} } !{ req.hdr({{StatisticsKeyHeader}}) -m str "${{{StatisticsKeyVariable}}}" }
            stats enable
            stats uri {{StatisticsPath}}
            stats show-legends
        .endif

        """;

    // A stream lasts for minutes and must not use the connections of short requests. If a server is silent during a stream, the load
    // balancer closes it, and the client reconnects.
    private static void RenderStreamBackend(StringBuilder text, HAProxySettings settings, HAProxyBackend backend)
    {
        text.Append($$"""

            # The same servers for event streams, with a concurrency limit of their own.
            backend {{backend.StreamsName}} from servers
                timeout server {{Time(settings.StreamTimeout)}}

            """);
        RenderTrackingServers(text, backend, $"maxconn {settings.MaxStreamsPerServer}");
    }

    private static void RenderStreamRule(StringBuilder text, HAProxySettings settings, HAProxyBackend backend) => text.Append($$"""
            # Event streams.
            use_backend {{backend.StreamsName}} if { method GET } {{OneOf(settings.StreamPaths)}}

        """);
}
