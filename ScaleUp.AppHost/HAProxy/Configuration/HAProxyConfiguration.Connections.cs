using System.Text;

namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    // For those who look after it, and for the orchestrator's questions.
    private const int OperationsConnections = 100;

    // Between load balancers, and the Runtime API.
    private const int OwnConnections = 100;

    // Those that are accepted only to be closed.
    private const int ClosingConnections = 64;

    // No limit of requests can have this name.
    private const string ConnectionTable = "client_connections";

    private static int TotalConnections(HAProxyModel model) =>
        model.Frontends.Sum(frontend => MostConnections(model.Settings, frontend) + ClosingConnections) + OperationsConnections + OwnConnections;

    private static int MostConnections(HAProxySettings settings, HAProxyFrontend frontend) =>
        frontend.IsPublic ? settings.MaxConnections : settings.MaxInternalConnections;

    // HAProxy does not share this count with its peers, so a client has as many at each load balancer.
    private static void RenderConnectionTable(StringBuilder text, HAProxyModel model)
    {
        if (model.Settings.MaxConnectionsPerClient > 0 && model.Frontends.Any(frontend => frontend.IsPublic))
        {
            text.Append($$"""

                # How many connections each client has here.
                backend {{ConnectionTable}} from all
                    stick-table type ipv6 size 100k expire 1m store conn_cur

                """);
        }
    }

    // A connection that waits in the kernel looks to its client, and to whatever forwards it, like one that works. One that is closed
    // sends the client to another load balancer at once.
    private static void RenderConnectionLimits(StringBuilder text, HAProxyModel model, HAProxyFrontend frontend)
    {
        var most = MostConnections(model.Settings, frontend);
        text.Append($$"""
                # What is too much is closed at once; to wait unnoticed would be worse.
                maxconn {{most + ClosingConnections}}
                tcp-request connection reject if { fe_conn gt {{most}} }

            """);
        if (!frontend.IsPublic || model.Settings.MaxConnectionsPerClient == 0)
        {
            return;
        }

        var counter = model.Settings.Limits.Count;
        // Behind an ingress all connections are its own.
        text.Append($$"""
            .if !defined({{FrontProxiesVariable}})
                # One client cannot have them all.
                tcp-request connection track-sc{{counter}} src,ipmask(32,64) table {{ConnectionTable}}
                tcp-request connection reject if { sc_conn_cur({{counter}}) gt {{model.Settings.MaxConnectionsPerClient}} }
            .endif

            """);
    }
}
