using System.Text;

namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    private static void RenderServerDefaults(StringBuilder text, HAProxySettings s)
    {
        text.Append($$"""

            # Defaults for the servers of every tier.
            defaults servers from all
                # leastconn would count each load balancer's own connections only, so that all of them pick the same server.
                balance random

                # Drop queued requests and close the server connection when the client disconnects, so that overloaded servers don't work on
                # responses that no client reads.
                option abortonclose

                # Trailers of a chunked body are headers that no rule has checked. (3.2 accepts the option, 3.4 applies it to HTTP/1.)
            .if version_atleast(3.2)
                option http-drop-request-trailers
            .endif

                # Retry a request immediately on another server when its server fails. A killed server refuses connections or, behind a
                # proxy or tunnel, closes them without a response.
                retries {{s.Retries}}
                option redispatch 1
                retry-on conn-failure empty-response junk-response response-timeout 0rtt-rejected

                # Buffer the body before a server is chosen: only a complete request can be retried, and a slow body must not occupy a
                # server. A small body gets more time, because it only occupies a connection. A larger one is still arriving when its server
                # gets it, so it must arrive faster.
                http-request wait-for-body time {{Time(s.SmallBodyTimeout)}} if { req.fhdr(content-length) -m int le {{SmallBody(s)}} }
                http-request wait-for-body time {{Time(s.LargeBodyTimeout)}} unless { req.fhdr(content-length) -m int le {{SmallBody(s)}} }
                # Safe to retry: reads, and writes with an idempotency key in a header or form field. Other requests are retried only if the
                # connection failed.
                http-request set-var(txn.retryable) bool(true) if METH_GET or METH_OPTIONS or { req.hdr(Idempotency-Key) -m found } or { req.body_param(Idempotency-Key) -m found }
                # Retries make overload worse, so under load a slow server keeps its request. Requests beyond the queue limit get 503
                # immediately.
                http-request set-var(txn.overloaded) bool(true) if { queue gt {{4L * s.MaxConnectionsPerServer}} }
                http-request deny deny_status 503 if { queue ge {{s.MaxQueue}} }
                http-request disable-l7-retry unless { var(txn.retryable) -m bool }

                # Readiness check: 404 means that the server drains, so requests in flight finish and no new ones are sent.
                # A hung server is detected within {{Time(s.DetectionTime)}}; consecutive failed requests speed up the checks.
                option httpchk
                http-check send meth GET uri /health ver HTTP/1.1 hdr Host health-check
                http-check expect status 200
                http-check disable-on-404
                default-server check inter {{Time(s.CheckInterval)}} fastinter {{Time(s.FastCheckInterval)}} downinter {{Time(s.CheckInterval)}} fall {{s.Fall}} rise {{s.Rise}}
                default-server observe layer7 error-limit 5 on-error fastinter

                # Limit concurrency per server, and ramp up traffic to a server that has just recovered, because it is cold.
                default-server maxconn {{s.MaxConnectionsPerServer}} slowstart {{Time(s.SlowStart)}}

                # Start even if a name does not resolve yet. Behind a tunnel all servers share one host name and differ by port only, which
                # HAProxy rejects without allow-dup-ip.
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
                # Time limit for one attempt of a retryable request{{(isOuter ? ", longer than that of the tier behind it" : "")}}.
            {{attempt}}
            """);

        foreach (var server in backend.Servers)
        {
            if (server.IsStandby && !backend.Servers.TakeWhile(s => s != server).Any(s => s.IsStandby))
            {
                text.Append("    # Standby servers: disabled until the Runtime API enables them.\n");
            }

            text.Append($"    server {server.Name} \"${{{server.AddressVariable}}}\"{(server.IsStandby ? " disabled" : "")}\n");
        }

        if (backend.DiscoveredServers > 0)
        {
            RenderDiscoveredServers(text, backend);
        }

        if (model.Settings.FailOpen)
        {
            RenderFailOpenBackend(text, backend, attempt);
        }

        if (frontend.IsPublic)
        {
            RenderLargeBodyBackend(text, model.Settings, backend, attempt);
            if (model.Settings.StreamPaths.Count > 0)
            {
                RenderStreamBackend(text, model.Settings, backend);
            }
        }
    }

    // Rendered lines, each with a newline.
    private static string AttemptTimeouts(HAProxySettings settings, bool isOuter)
    {
        const string condition = "if { var(txn.retryable) -m bool } !{ var(txn.overloaded) -m bool }";
        var margin = isOuter ? settings.OuterAttemptMargin : TimeSpan.Zero;
        var lines = $"    http-request set-timeout server {Time(settings.AttemptTimeout + margin)} {condition}\n";
        if (settings.SlowPaths.Count == 0)
        {
            return lines;
        }

        var slowCondition = $"{condition} {{ method POST PUT PATCH }} {OneOf(settings.SlowPaths)}";
        return $"{lines}    http-request set-timeout server {Time(settings.SlowAttemptTimeout + margin)} {slowCondition}\n";
    }

    private static void RenderDiscoveredServers(StringBuilder text, HAProxyBackend backend)
    {
        text.Append("    # An ingress in front of the servers routes by Host; the original host is in X-Forwarded-Host.\n");
        RenderHostAndCheck(text, backend);
        text.Append("""
                # All replicas share one DNS name, and each server gets one of its addresses. Behind an ingress all servers have the same
                # address, and each stands for the capacity of one replica.

            """);
        RenderServerTemplate(text, backend, "");
    }

    // A separate backend instead of backup servers: with these, a tier without healthy servers would be UP in statistics and metrics, and
    // HAProxy assigns each resolved address to one server of a backend only.
    private static void RenderFailOpenBackend(StringBuilder text, HAProxyBackend backend, string attempt)
    {
        text.Append($$"""

            # Fail open: the same servers, without health checks.
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
            RenderServerTemplate(text, backend, " no-check");
        }
    }

    private static void RenderHostAndCheck(StringBuilder text, HAProxyBackend backend) => text.Append($$"""
            http-request set-header Host "${{{backend.HostVariable}}}"
            http-check send meth GET uri /health ver HTTP/1.1 hdr Host "${{{backend.HostVariable}}}"
            http-check expect status 200

        """);

    private static void RenderServerTemplate(StringBuilder text, HAProxyBackend backend, string options)
    {
        var server = $"server-template {backend.Name}- {backend.DiscoveredServers} \"${{{backend.AddressVariable}}}\"{options}";
        text.Append($$"""
            .if streq("${{{AddressesVariable}}}",shared)
                {{server}} resolve-opts allow-dup-ip
            .else
                {{server}} resolve-opts prevent-dup-ip
            .endif

            """);
    }
}
