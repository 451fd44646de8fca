using System.Text;

namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    private static void RenderServerDefaults(StringBuilder text, HAProxySettings s)
    {
        text.Append($$"""

            # What holds for the servers of every tier.
            defaults servers from all
                # Several load balancers that each counted connections would all pick the same "least loaded" server.
                balance random

                # Nobody works for a client that has left: what waits is dropped, and a server that is at it is told by the end of its connection.
                # Without it, servers that have too much to do would spend their time on answers that nobody waits for.
                option abortonclose

                # What comes after a body in pieces would be headers that no rule has seen. (3.2 knows the option, 3.4 obeys it in HTTP/1.)
            .if version_atleast(3.2)
                option http-drop-request-trailers
            .endif

                # A server that fails while it has a request: the same request goes to another one at once.
                # A killed server refuses connections or, behind a proxy or tunnel, ends them without a word.
                retries {{s.Retries}}
                option redispatch 1
                retry-on conn-failure empty-response junk-response response-timeout 0rtt-rejected

                # May a second server get a request that the first has seen? Reads may. A write may if it carries a key by which
                # the application knows it again, in a header or a field of its form. Others only if no connection came about.
                # Only what is here as a whole can be sent once more, and a slow body must not occupy a server: one waits for it no longer than for a
                # fast one. So a server gets a body that is whole, or fills the buffer. A small one has time, since all that it occupies is a
                # connection: some networks are slow. A larger one could occupy a server afterwards, so its beginning has to come faster.
                http-request wait-for-body time {{Time(s.SmallBodyTimeout)}} if { req.fhdr(content-length) -m int le {{SmallBody(s)}} }
                http-request wait-for-body time {{Time(s.LargeBodyTimeout)}} unless { req.fhdr(content-length) -m int le {{SmallBody(s)}} }
                http-request set-var(txn.repeatable) bool(true) if METH_GET or METH_OPTIONS or { req.hdr(Idempotency-Key) -m found } or { req.body_param(Idempotency-Key) -m found }
                # More work than the tier can do is not made less by repeats: then no server is given up only because it is slow. What waits too
                # long is told so at once.
                http-request set-var(txn.busy) bool(true) if { queue gt {{4L * s.MaxConnectionsPerServer}} }
                http-request deny deny_status 503 if { queue ge {{s.MaxQueue}} }
                http-request disable-l7-retry unless { var(txn.repeatable) -m bool }

                # Ready or not is the server's own word. 404 is "I leave": what is in flight ends, nothing new is sent.
                # A server that hangs is found within {{Time(s.DetectionTime)}}; after requests that failed in a row the next checks come at once.
                option httpchk
                http-check send meth GET uri /health ver HTTP/1.1 hdr Host health-check
                http-check expect status 200
                http-check disable-on-404
                default-server check inter {{Time(s.CheckInterval)}} fastinter {{Time(s.FastCheckInterval)}} downinter {{Time(s.CheckInterval)}} fall {{s.Fall}} rise {{s.Rise}}
                default-server observe layer7 error-limit 5 on-error fastinter

                # Not more at a time than a server does well, and a share that grows for one that has just come back: it is cold.
                default-server maxconn {{s.MaxConnectionsPerServer}} slowstart {{Time(s.SlowStart)}}

                # A name that does not resolve yet must not keep the load balancer from starting. Behind a tunnel all servers
                # have one host name and differ by port, which HAProxy takes for a mistake unless told (allow-dup-ip).
                default-server resolvers system init-addr libc,none resolve-prefer ipv4 resolve-opts allow-dup-ip

            """);
    }

    private static void RenderBackend(StringBuilder text, HAProxyModel model, HAProxyFrontend frontend)
    {
        var backend = frontend.Backend;
        var isOuter = frontend.IsPublic && model.Frontends.Any(f => !f.IsPublic);
        var attempt = AttemptTimeouts(model.Settings, isOuter);
        text.Append($$"""

            backend {{backend.Name}} from servers
                # A request that may be repeated waits no longer for one server{{(isOuter ? ", yet longer than its server waits for an inner tier" : "")}}.
            {{attempt}}
            """);

        foreach (var server in backend.Servers)
        {
            if (server.IsStandby && !backend.Servers.TakeWhile(s => s != server).Any(s => s.IsStandby))
            {
                text.Append("    # Started when they are needed, and not missed until then: the Runtime API enables them.\n");
            }

            text.Append($"    server {server.Name} \"${{{server.AddressVariable}}}\"{(server.IsStandby ? " disabled" : "")}\n");
        }

        if (backend.DiscoveredServers > 0)
        {
            RenderDiscovered(text, backend);
        }

        if (model.Settings.FailOpen)
        {
            RenderFailOpen(text, backend, attempt);
        }

        if (frontend.IsPublic)
        {
            RenderLarge(text, model.Settings, backend, attempt);
            if (model.Settings.StreamPaths.Count > 0)
            {
                RenderStreams(text, model.Settings, backend);
            }
        }
    }

    // The lines, each with its end.
    private static string AttemptTimeouts(HAProxySettings settings, bool isOuter)
    {
        const string condition = "if { var(txn.repeatable) -m bool } !{ var(txn.busy) -m bool }";
        var margin = isOuter ? settings.OuterAttemptMargin : TimeSpan.Zero;
        var lines = $"    http-request set-timeout server {Time(settings.AttemptTimeout + margin)} {condition}\n";
        return settings.SlowPaths.Count == 0 ? lines
            : $"{lines}    http-request set-timeout server {Time(settings.SlowAttemptTimeout + margin)} {condition} {{ method POST PUT PATCH }} {OneOf(settings.SlowPaths)}\n";
    }

    private static void RenderDiscovered(StringBuilder text, HAProxyBackend backend)
    {
        text.Append($$"""
                # An ingress between here and the servers tells by the host whom a request is for; the visitor's is in X-Forwarded-Host.
                http-request set-header Host "${{{backend.HostVariable}}}"
                http-check send meth GET uri /health ver HTTP/1.1 hdr Host "${{{backend.HostVariable}}}"
                http-check expect status 200
                # One name for all of them, and each gets an address of its own of those that the name has. Where all of them are behind
                # the one address of such an ingress, each stands for as much work as one server can do.

            """);
        RenderTemplate(text, backend, "");
    }

    // Not among the others, as backup servers: with these, a tier all of whose servers are gone would be UP in statistics and metrics.
    // Besides, of one name, each address is given to one server of a backend only.
    private static void RenderFailOpen(StringBuilder text, HAProxyBackend backend, string attempt)
    {
        text.Append($$"""

            # The same servers, whatever their checks say.
            backend {{backend.FailOpenName}} from servers
            {{attempt}}
            """);
        foreach (var server in backend.Servers.Where(server => !server.IsStandby))
        {
            text.Append($"    server {server.FailOpenName} \"${{{server.AddressVariable}}}\" no-check\n");
        }

        if (backend.DiscoveredServers > 0)
        {
            text.Append($"    http-request set-header Host \"${{{backend.HostVariable}}}\"\n");
            RenderTemplate(text, backend, " no-check");
        }
    }

    private static void RenderTemplate(StringBuilder text, HAProxyBackend backend, string more)
    {
        var server = $"server-template {backend.Name}- {backend.DiscoveredServers} \"${{{backend.AddressVariable}}}\"{more}";
        text.Append($$"""
            .if streq("${{{AddressesVariable}}}",shared)
                {{server}} resolve-opts allow-dup-ip
            .else
                {{server}} resolve-opts prevent-dup-ip
            .endif

            """);
    }
}
