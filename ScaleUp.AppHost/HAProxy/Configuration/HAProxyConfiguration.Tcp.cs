using System.Text;

namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    private static void RenderTcpFrontend(StringBuilder text, HAProxySettings s, HAProxyTcpFrontend frontend)
    {
        text.Append($$"""

            # TCP connections to the servers that pass the health check. Not public.
            listen {{frontend.ConfigurationName}} from all
                mode tcp
                bind :{{frontend.Port}}
                maxconn {{frontend.MaxConnections}}
                no log
                # Clients pool connections, which may be idle for long; keepalive detects lost peers.
                timeout client 1d
                timeout server 1d
                option clitcpka
                option srvtcpka
                clitcpka-idle 5s
                clitcpka-intvl 2s
                clitcpka-cnt 3
                srvtcpka-idle 5s
                srvtcpka-intvl 2s
                srvtcpka-cnt 3
                # While no server is up, clients fail fast and retry.
                timeout queue {{Time(s.ConnectTimeout)}}
                option httpchk OPTIONS {{frontend.Check.Path}}
                http-check expect status 200
                # Close the connections of a server that fails the check: a former primary accepts no more writes.
                default-server check port {{frontend.Check.Port}} inter 1s fastinter 500ms downinter 500ms fall 3 rise 1 on-marked-down shutdown-sessions
                default-server resolvers system init-addr libc,none resolve-prefer ipv4

            """);
        foreach (var server in frontend.Servers)
        {
            text.Append($"    server {server} \"${{{HAProxyServer.VariableOf(server)}}}\"\n");
        }
    }
}
