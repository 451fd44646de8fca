using System.Text;

namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    // Operators, metrics and the orchestrator's probes.
    private const int OperationsConnections = 100;

    // Peers and the Runtime API.
    private const int PeerAndRuntimeConnections = 100;

    // Accepted only to be closed immediately.
    private const int RejectedConnections = 64;

    // Contains an underscore, which names of request limits can't have.
    private const string ConnectionTable = "client_connections";

    private static int TotalConnections(HAProxyModel model) =>
        model.Frontends.Sum(frontend => MaxConnectionsOf(model.Settings, frontend) + RejectedConnections)
        + model.TcpFrontends.Sum(frontend => frontend.MaxConnections)
        + OperationsConnections + PeerAndRuntimeConnections;

    private static int MaxConnectionsOf(HAProxySettings settings, HAProxyFrontend frontend) =>
        frontend.IsPublic ? settings.MaxConnections : settings.MaxInternalConnections;

    // HAProxy does not synchronize this count between peers, so the limit applies per load balancer.
    private static void RenderConnectionTable(StringBuilder text, HAProxyModel model)
    {
        if (model.Settings.MaxConnectionsPerClient > 0 && model.Frontends.Any(frontend => frontend.IsPublic))
        {
            text.Append($$"""

                # Current connections per client.
                backend {{ConnectionTable}} from all
                    stick-table type ipv6 size 100k expire 1m store conn_cur

                """);
        }
    }

    // A connection that waits in the kernel's backlog looks established to its client and to proxies in between. A closed one makes the
    // client try another load balancer immediately.
    private static void RenderConnectionLimits(StringBuilder text, HAProxyModel model, HAProxyFrontend frontend)
    {
        var max = MaxConnectionsOf(model.Settings, frontend);
        text.Append($$"""
                # Close excess connections immediately, so that clients fail over instead of waiting in the kernel's backlog.
                maxconn {{max + RejectedConnections}}
                tcp-request connection reject if { fe_conn gt {{max}} }

            """);
        if (!frontend.IsPublic || model.Settings.MaxConnectionsPerClient == 0)
        {
            return;
        }

        var counter = model.Settings.Limits.Count;
        // Behind an ingress, all connections come from the ingress.
        text.Append($$"""
            .if !defined({{FrontProxiesVariable}})
                # Limit connections per client.
                tcp-request connection track-sc{{counter}} src,ipmask(32,64) table {{ConnectionTable}}
                tcp-request connection reject if { sc_conn_cur({{counter}}) gt {{model.Settings.MaxConnectionsPerClient}} }
            .endif

            """);
    }
}
