using System.Globalization;
using System.Text;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// The configuration file of a load balancer, as a pure function of its model: it can be read, tested and built into
/// an image without running anything. What differs from one load balancer or one run to another are environment variables.
/// </summary>
public static partial class HAProxyConfiguration
{
    /// <summary>The environment variable with the load balancer's own name.</summary>
    public const string NameVariable = "LB_NAME";

    /// <summary>The environment variable with the port under which clients reach the encrypted public frontend.</summary>
    public const string TlsPortVariable = "LB_TLS_PORT";

    /// <summary>
    /// The environment variable that is <c>shared</c> where servers that are found by DNS are behind one address, as in Azure Container
    /// Apps. Without it each has an address of its own.
    /// </summary>
    public const string AddressesVariable = "LB_ADDRESSES";

    /// <summary>
    /// The environment variable with the networks, separated by spaces, of an ingress in front of the load balancers, which alone knows
    /// who the visitor is and how they came. Without it there is none, and nobody's word counts.
    /// </summary>
    public const string FrontProxiesVariable = "LB_FRONT_PROXIES";

    /// <summary>
    /// The environment variable with how long a load balancer that was told to stop (SIGUSR1) goes on taking connections, such as <c>5s</c>, and says that
    /// it leaves: those in front of it go elsewhere before it is gone. Without it it listens no more at once. It is not for one that is reloaded, where old
    /// and new process would both listen for as long (https://docs.haproxy.org/3.0/configuration.html#3.1-grace).
    /// </summary>
    public const string GraceVariable = "LB_GRACE";

    /// <summary>The environment variable with the key of the Runtime API. Without it there is none outside of the container.</summary>
    public const string RuntimeKeyVariable = "LB_RUNTIME_KEY";

    /// <summary>The path on which a load balancer says whether it takes connections (200) or is about to leave (503), whatever the servers behind it do.</summary>
    public const string ReadyPath = "/ready";

    internal const int OperationsPort = 8404;
    internal const int PeersPort = 10000;
    internal const int RuntimePort = 9999;
    internal const string RuntimeSocket = "abns@runtime";
    internal const string Folder = "/usr/local/etc/haproxy";
    internal const string FileName = "haproxy.cfg";
    internal const string CertificateFileName = "certificate.pem";

    /// <summary>Writes the configuration of a cluster, the same for each of its load balancers.</summary>
    /// <param name="model">At least one load balancer and one frontend; the names of frontends and servers are distinct.</param>
    /// <returns>The text of <c>haproxy.cfg</c>, ending in a newline (HAProxy refuses a file that does not).</returns>
    /// <exception cref="ArgumentException">There is no frontend or no load balancer, or a setting is out of its range.</exception>
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

        return text.Replace("\r\n", "\n").ToString();
    }

    private static void RenderGlobal(StringBuilder text, HAProxyModel model)
    {
        var s = model.Settings;
        text.Append($$"""
            # Written by the AppHost from its topology; edit there, not here.
            # Settings: https://docs.haproxy.org/3.0/configuration.html

            global
                # To the container's output, and so to the dashboard. A longer line would be cut, and be no JSON any more.
                log stdout len {{LogLineLength}} format raw local0
                # The part of an address that is logged, in bytes. What it grows to in JSON fits into a line.
                tune.http.logurilen {{LoggedAddressLength}}
                # Who this is among its peers.
                localpeer "${{{NameVariable}}}"
                # Bounds the memory; without it HAProxy prepares for as many connections as the container may open files. Each frontend has a
                # bound of its own, and this is more than all of them together: a full public frontend leaves the others theirs.
                maxconn {{TotalConnections(model)}}
                # What is kept of a request, to send it once more if a server fails.
                tune.bufsize {{s.BufferSize}}
                # More headers than are allowed, so that a rule refuses them and not the parser.
                tune.http.maxhdr 256
                # After a reload, requests in flight have this long to end in the old process.
                hard-stop-after 30s
            .if defined({{GraceVariable}})
                # Told to stop, it goes on for so long, for those in front to go elsewhere first. Not where it is reloaded: two processes would listen.
                grace "${{{GraceVariable}}}"
            .endif

            """);

        if (s.Limits.Count >= 3)
        {
            text.Append(CultureInfo.InvariantCulture, $"""
                    # One for each limit, and one for a client's connections; HAProxy has three by default.
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
                # Connections without a request (a browser's spare ones) are not worth a line.
                option dontlognull

                # Times: short where a machine answers a machine, generous where a person reads.
                timeout connect {{Time(s.ConnectTimeout)}}
                timeout client {{Time(s.ClientTimeout)}}
                # After the last answer on a connection, a client that is silent is waited for no longer than that.
                timeout client-fin 5s
                timeout http-request {{Time(s.RequestTimeout)}}
                timeout http-keep-alive {{Time(s.KeepAliveTimeout)}}
                timeout server {{Time(s.ServerTimeout)}}
                timeout queue {{Time(s.QueueTimeout)}}
                timeout check {{Time(s.CheckTimeout)}}

            # Names are asked for while it runs: an address may change, and one that is not there yet is no reason not to start.
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
                # Healthy: it serves and goes on to, and each tier behind it has a server that does.
                monitor-uri /health
                monitor fail if { stopping }

            """);

        foreach (var backend in model.Frontends.Select(frontend => frontend.Backend))
        {
            // Not nbsrv, which counts those of the last resort too.
            var names = backend.Servers.Select(server => server.Name).Concat(Enumerable.Range(1, backend.DiscoveredServers).Select(i => $"{backend.Name}-{i}"));
            text.Append($"    monitor fail if {string.Join(' ', names.Select(name => $"!{{ srv_is_up({backend.Name}/{name}) }}"))}\n");
        }

        text.Append($$"""
                # Ready: it takes connections, whatever is behind it, and does not leave.
                http-request return status 503 content-type text/plain string "Leaving" if { path {{ReadyPath}} } { stopping }
                http-request return status 200 content-type text/plain string "Ready" if { path {{ReadyPath}} }
                # Alive: it answers, whatever is behind it.
                http-request return status 200 content-type text/plain string "Alive" if { path /alive }
                http-request use-service prometheus-exporter if { path /metrics }
                stats enable
                stats uri /stats
                stats refresh 2s
                stats show-node
                http-request redirect location /stats unless { path_beg /stats }

            """);
    }

    // The master process answers at a socket that only its own container can reach. What comes from outside has to bring the key in a
    // header of the PROXY protocol (https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt, PP2_TYPE_UNIQUE_ID).
    private static string RuntimeApi => $$"""

        .if defined({{RuntimeKeyVariable}})
        # The Runtime API, for whoever has the key.
        listen runtime from all
            mode tcp
            bind :{{RuntimePort}} accept-proxy
            maxconn 20
            no log
            tcp-request session reject unless { fc_pp_unique_id -m str "${{{RuntimeKeyVariable}}}" }
            server master {{RuntimeSocket}}
        .endif

        """;

    // The longest unit that loses nothing, as one would write it by hand.
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
