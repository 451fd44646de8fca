using System.Text;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// The configuration file of a load balancer, as a pure function of its frontends: it can be read, tested and built into
/// an image without running anything. What differs from one load balancer or one run to another are environment variables.
/// </summary>
public static class HAProxyConfiguration
{
    /// <summary>The environment variable with the load balancer's own name.</summary>
    public const string NameVariable = "LB_NAME";

    internal const int OperationsPort = 8404;

    // No interpolation here: the text is to be read as the file that it becomes.
    private const string Head = """
        # Written by the AppHost from its topology; edit there, not here.
        # Settings: https://docs.haproxy.org/3.0/configuration.html

        global
            # To the container's output, and so to the dashboard.
            log stdout format raw local0
            # Bounds the memory; without it HAProxy prepares for as many connections as the container may open files.
            maxconn 4000

        defaults all
            mode http
            log global
            option httplog
            # Connections without a request (a browser's spare ones) are not worth a line.
            option dontlognull

            # Times: short where a machine answers a machine, generous where a person reads.
            timeout connect 1s
            timeout client 30s
            timeout http-request 10s
            timeout http-keep-alive 60s
            timeout server 10s
            timeout queue 5s
            timeout check 1s

        resolvers system
            parse-resolv-conf
            hold valid 5s

        """;

    private const string ServerDefaults = """

        # What holds for the servers of every tier.
        defaults servers from all
            # Several load balancers that each counted connections would all pick the same "least loaded" server.
            balance random

            # A server that fails while it has a request: the same request goes to another one at once, three times at most.
            # A killed server refuses connections or, behind a proxy or tunnel, ends them without a word.
            retries 3
            option redispatch 1
            retry-on conn-failure empty-response response-timeout 0rtt-rejected 502 503 504

            # Ready or not is the server's own word. 404 is "I leave": what is in flight ends, nothing new is sent.
            option httpchk
            http-check send meth GET uri /health ver HTTP/1.1 hdr Host health-check
            http-check expect status 200
            http-check disable-on-404
            default-server check inter 500ms fastinter 200ms downinter 500ms fall 2 rise 1

            # A name that does not resolve yet must not keep the load balancer from starting. Behind a tunnel all servers
            # have one host name and differ by port, which HAProxy takes for a mistake unless told (allow-dup-ip).
            default-server resolvers system init-addr libc,none resolve-prefer ipv4 resolve-opts allow-dup-ip

        """;

    /// <summary>Writes the configuration for these frontends.</summary>
    /// <param name="frontends">At least one; their names and those of their servers are distinct.</param>
    /// <returns>The text of <c>haproxy.cfg</c>, ending in a newline (HAProxy refuses a file that does not).</returns>
    public static string Render(IReadOnlyList<HAProxyFrontend> frontends)
    {
        ArgumentNullException.ThrowIfNull(frontends);
        ArgumentOutOfRangeException.ThrowIfZero(frontends.Count);

        var text = new StringBuilder(Head);
        foreach (var frontend in frontends)
        {
            RenderFrontend(text, frontend);
        }

        RenderOperations(text, frontends);

        text.Append(ServerDefaults);
        foreach (var frontend in frontends)
        {
            RenderBackend(text, frontend.Backend);
        }

        return text.Replace("\r\n", "\n").ToString();
    }

    private static void RenderFrontend(StringBuilder text, HAProxyFrontend frontend)
    {
        text.Append($$"""

            # {{(frontend.IsPublic ? "For visitors." : "For other tiers; not reachable from outside.")}}
            frontend {{frontend.Name}} from all
                bind :{{frontend.Port}}

            """);

        if (frontend.IsPublic)
        {
            // The regular expression allows for the spellings of one path that web servers take for the same.
            text.Append("""
                    # How the servers are is nobody's business outside, however the path is spelled.
                    http-request return status 404 content-type text/plain string "Not found" if { path,url_dec -m reg -i ^/+(health|alive)(/.*)?$ }

                """);
        }

        text.Append($$"""
                # Who asks, and through whom: only this load balancer's word counts, not what the client claims.
                http-request del-header Forwarded
                http-request set-header X-Forwarded-For %[src]
                http-request set-header X-Forwarded-Proto http
                http-request set-header X-Forwarded-Host %[req.hdr(host)]
                http-request set-header X-Forwarded-Server "${{{NameVariable}}}"
                # A write may be sent to a second server only if its key lets the application see that it is the same one.
                http-request disable-l7-retry unless METH_GET or { req.hdr(Idempotency-Key) -m found }
                # Who served it, also if it was nobody (an error of the load balancer itself).
                http-after-response set-header X-Served-By "${{{NameVariable}}}"
                http-after-response set-header X-Served-By "${{{NameVariable}}}, %[srv_name]" if { srv_id -m found }
                default_backend {{frontend.Backend.Name}}

            """);
    }

    private static void RenderBackend(StringBuilder text, HAProxyBackend backend)
    {
        text.Append($"\nbackend {backend.Name}\n");
        foreach (var server in backend.Servers)
        {
            text.Append($"    server {server.Name} \"${{{server.AddressVariable}}}\"\n");
        }
    }

    private static void RenderOperations(StringBuilder text, IReadOnlyList<HAProxyFrontend> frontends)
    {
        text.Append($$"""

            # For operators and the orchestrator; not reachable from outside.
            frontend operations from all
                bind :{{OperationsPort}}
                option dontlog-normal
                # Healthy: it serves, and each tier behind it has a server that does.
                monitor-uri /health

            """);

        foreach (var frontend in frontends)
        {
            text.Append($"    monitor fail if {{ nbsrv({frontend.Backend.Name}) eq 0 }}\n");
        }

        text.Append("""
                http-request use-service prometheus-exporter if { path /metrics }
                stats enable
                stats uri /stats
                stats refresh 2s
                stats show-node
                http-request redirect location /stats unless { path_beg /stats }

            """);
    }
}
