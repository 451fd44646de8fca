using System.Globalization;
using System.Text;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// Renders a load balancer's configuration file as a pure function of its model, so that it can be tested and built into an image
/// without running anything. Values that differ between load balancers or runs are environment variables.
/// </summary>
public static partial class HAProxyConfiguration
{
    /// <summary>The environment variable with the load balancer's own name.</summary>
    public const string NameVariable = "LB_NAME";

    /// <summary>The environment variable with the port on which clients reach the public frontend over HTTPS.</summary>
    public const string TlsPortVariable = "LB_TLS_PORT";

    /// <summary>
    /// The environment variable that is <c>shared</c> if all servers found by DNS have the same address, as in Azure Container Apps.
    /// If it is not set, each server has its own address.
    /// </summary>
    public const string AddressesVariable = "LB_ADDRESSES";

    /// <summary>
    /// The environment variable with the networks, separated by spaces, of an ingress in front of the load balancers. Only requests from
    /// these networks may set the client's address and protocol. If it is not set, no request may.
    /// </summary>
    public const string FrontProxiesVariable = "LB_FRONT_PROXIES";

    /// <summary>
    /// The environment variable with the time, such as <c>5s</c>, for which a load balancer still accepts connections after SIGUSR1 while
    /// its readiness check fails, so that upstream proxies stop using it. If it is not set, the load balancer stops listening immediately.
    /// Don't set it where the configuration is reloaded, because the old and the new process would both listen for that time
    /// (https://docs.haproxy.org/3.0/configuration.html#3.1-grace).
    /// </summary>
    public const string GraceVariable = "LB_GRACE";

    /// <summary>
    /// The environment variable with this load balancer's own name or address on the network that it shares with its peers. It listens for
    /// peers on this address only. If it is not set, the load balancer listens on all networks, and only a firewall or a network policy
    /// protects the data that peers exchange: client addresses and request counts.
    /// </summary>
    public const string PeersAddressVariable = "LB_PEERS_ADDRESS";

    /// <summary>
    /// The environment variable with the key of the Runtime API. If it is not set, the API is not available outside the container.
    /// </summary>
    public const string RuntimeKeyVariable = "LB_RUNTIME_KEY";

    /// <summary>
    /// The readiness path of a load balancer: 200 if it accepts connections, 503 while it stops, regardless of its servers.
    /// </summary>
    public const string ReadyPath = "/ready";

    /// <summary>The port of <c>/ready</c>, <c>/alive</c>, <c>/health</c>, <c>/metrics</c> and <c>/stats</c> in the container.</summary>
    public const int OperationsPort = 8404;

    internal const int PeersPort = 10000;
    internal const int RuntimePort = 9999;

    // A file, not an abstract socket: the master process binds the socket again after it forked the worker, and with an abstract socket it
    // fails, and the container exits, if the worker has not yet closed its copy.
    internal const string RuntimeSocket = "/tmp/haproxy-master.sock";

    /// <summary>The folder of the configuration in the container.</summary>
    public const string Folder = "/usr/local/etc/haproxy";

    /// <summary>The name of the configuration file.</summary>
    public const string FileName = "haproxy.cfg";
    internal const string CertificateFileName = "certificate.pem";

    /// <summary>Renders the configuration of a cluster, which all its load balancers share.</summary>
    /// <param name="model">At least one load balancer and one frontend; names of frontends and servers must be unique.</param>
    /// <returns>The text of <c>haproxy.cfg</c>, ending in a newline (HAProxy rejects a file without one).</returns>
    /// <exception cref="ArgumentException">The model has no frontend or no load balancer, or a setting is out of range.</exception>
    public static string Render(HAProxyModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfZero(model.Instances.Count);
        ArgumentOutOfRangeException.ThrowIfZero(model.Frontends.Count);
        model.Settings.Validate();

        var text = new StringBuilder();
        RenderGlobal(text, model);
        RenderPeers(text, model);
        RenderConnectionTable(text, model);
        RenderFrontendDefaults(text, model);
        foreach (var frontend in model.Frontends)
        {
            RenderFrontend(text, model, frontend);
        }

        RenderOperations(text, model);
        text.Append(RuntimeApi);
        RenderServerDefaults(text, model.Settings);
        foreach (var frontend in model.Frontends)
        {
            RenderBackend(text, model, frontend);
        }

        foreach (var frontend in model.TcpFrontends)
        {
            RenderTcpFrontend(text, model.Settings, frontend);
        }

        return text.Replace("\r\n", "\n").ToString();
    }

    private static void RenderGlobal(StringBuilder text, HAProxyModel model)
    {
        var s = model.Settings;
        text.Append($$"""
            # Generated by the AppHost; don't edit.
            # Reference: https://docs.haproxy.org/3.0/configuration.html

            global
                # Log to the container's output, which the dashboard shows. A truncated line would be invalid JSON.
                log stdout len {{LogLineLength}} format raw local0
                # Bytes of an address that are logged; encoded as JSON they fit into a line.
                tune.http.logurilen {{LoggedAddressLength}}
                # This load balancer's name among its peers.
                localpeer "${{{NameVariable}}}"
                # Limits memory; by default HAProxy allocates for as many connections as the container may open files. It exceeds the sum of
                # the frontends' limits, so that a full public frontend doesn't block the others.
                maxconn {{TotalConnections(model)}}
                # Bytes of a request that are buffered for retries.
                tune.bufsize {{s.BufferSize}}
                # Above the limit for headers, so that a rule with a clear message rejects a request instead of the parser.
                tune.http.maxhdr 256
                # Time for requests in flight to finish in the old process after a reload.
                hard-stop-after 30s
            .if defined({{GraceVariable}})
                # Keep accepting connections this long after the stop signal, until upstream proxies stop using this load balancer. Don't
                # set it where the configuration is reloaded: two processes would listen.
                grace "${{{GraceVariable}}}"
            .endif

            """);

        if (s.Limits.Count >= 3)
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                    # One counter per request limit and one for connections per client; the default is 3.
                    tune.stick-counters {s.Limits.Count + 1}

                """);
        }

        RenderErrorPageParts(text, s);

        if (model.Tls is not null)
        {
            text.Append(TlsGlobal);
        }

        text.Append($$"""

            defaults all
                mode http
                log global
                # Don't log connections without a request, such as a browser's speculative ones.
                option dontlognull

                # Timeouts: short between load balancers and servers, longer for clients.
                timeout connect {{Time(s.ConnectTimeout)}}
                timeout client {{Time(s.ClientTimeout)}}
                # Limit for half-closed client connections.
                timeout client-fin 5s
                timeout http-request {{Time(s.RequestTimeout)}}
                timeout http-keep-alive {{Time(s.KeepAliveTimeout)}}
                timeout server {{Time(s.ServerTimeout)}}
                timeout queue {{Time(s.QueueTimeout)}}
                timeout check {{Time(s.CheckTimeout)}}

            # Resolve names at run time: addresses may change, and a name that does not resolve yet must not prevent startup.
            resolvers system
                parse-resolv-conf
                timeout resolve 1s
                timeout retry 1s
                hold valid 5s
                hold nx 1s

            """);
    }

    private static void RenderOperations(StringBuilder text, HAProxyModel model)
    {
        text.Append($$"""

            # For operators and the orchestrator; not reachable from outside.
            frontend operations-front from all
                bind :{{OperationsPort}}
                maxconn {{OperationsConnections}}
                no log
                http-after-response set-header X-Content-Type-Options nosniff
                http-after-response set-header Content-Security-Policy "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
                # Health: this load balancer is not stopping, and each tier has a server that is up.
                monitor-uri /health
                monitor fail if { stopping }

            """);

        foreach (var backend in model.Frontends.Select(frontend => frontend.Backend))
        {
            var names = backend.Servers.Select(server => server.Name)
                .Concat(Enumerable.Range(1, backend.DiscoveredServers).Select(i => $"{backend.Name}-{i}"));
            text.Append($"    monitor fail if {string.Join(' ', names.Select(name => $"!{{ srv_is_up({backend.Name}/{name}) }}"))}\n");
        }

        text.Append($$"""
                # Readiness: accepts connections and is not stopping, regardless of the servers.
                http-request return status 503 content-type text/plain string "Stopping" if { path {{ReadyPath}} } { stopping }
                http-request return status 200 content-type text/plain string "Ready" if { path {{ReadyPath}} }
                # Liveness: responds, regardless of the servers.
                http-request return status 200 content-type text/plain string "Alive" if { path /alive }
                http-request use-service prometheus-exporter if { path /metrics }
                stats enable
                stats uri /stats
                stats refresh 2s
                stats show-node
                http-request redirect location /stats unless { path_beg /stats }

            """);
    }

    // The master process listens on a socket that only its own container can reach. Clients outside must send the key in a PROXY protocol
    // header (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt, PP2_TYPE_UNIQUE_ID).
    private static string RuntimeApi => $$"""

        .if defined({{RuntimeKeyVariable}})
        # Runtime API; clients must send the key.
        listen runtime from all
            mode tcp
            bind :{{RuntimePort}} accept-proxy
            maxconn 20
            no log
            tcp-request session reject unless { fc_pp_unique_id -m str "${{{RuntimeKeyVariable}}}" }
            server master {{RuntimeSocket}}
        .endif

        """;

    // Uses the largest unit that represents the time exactly.
    private static string Time(TimeSpan time) => time switch
    {
        { Ticks: 0 } => "0",
        _ when time.Ticks % TimeSpan.TicksPerDay == 0 => $"{time.Ticks / TimeSpan.TicksPerDay}d",
        _ when time.Ticks % TimeSpan.TicksPerHour == 0 => $"{time.Ticks / TimeSpan.TicksPerHour}h",
        _ when time.Ticks % TimeSpan.TicksPerMinute == 0 => $"{time.Ticks / TimeSpan.TicksPerMinute}m",
        _ when time.Ticks % TimeSpan.TicksPerSecond == 0 => $"{time.Ticks / TimeSpan.TicksPerSecond}s",
        _ => $"{time.Ticks / TimeSpan.TicksPerMillisecond}ms",
    };
}
