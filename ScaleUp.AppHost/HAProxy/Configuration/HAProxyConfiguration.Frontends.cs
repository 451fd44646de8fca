using System.Text;

namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    // https://www.w3.org/TR/trace-context/#traceparent-header
    private const string ValidTrace = "^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$";

    /// <summary>
    /// The path by which another tier learns that a load balancer answers at all: each internal frontend says 200 itself, whatever the servers behind do.
    /// </summary>
    public const string InternalHealthPath = "/load-balancer-health";

    // More would not be read by anybody, and the longest of them, each character being written as three, fits into a line.
    private const int LoggedAddressLength = 4096;
    private const int LogLineLength = 16384;
    private const string LogTime = "%Y-%m-%dT%H:%M:%S.%3NZ";
    private const string LogFields =
        $"%(lb)[env({NameVariable})] %(client)ci %(frontend)f %(backend)b %(server)s %(served_by)[var(txn.served_by)] %(method)HM %(path)HPO %(query)HQ " +
        "%(protocol)[var(txn.protocol)] %(status)ST %(bytes_in)U %(bytes_out)B %(queue_ms)Tw %(connect_ms)Tc %(response_ms)Tr %(total_ms)Ta " +
        "%(retries)rc %(termination)ts %(server_requests)sc %(server_queue)sq %(trace_id)[var(txn.trace_id)]";

    private static void RenderFrontendDefaults(StringBuilder text, HAProxyModel model)
    {
        text.Append($$"""

            # What holds for every way in.
            defaults frontends from all
                # A spare connection on which nothing was asked ends without a word. The 408 that HAProxy would say could cross with the first
                # request, and be taken for its answer.
                option http-ignore-probes

                # One JSON object for each request; trace_id is the one under which web, API and database are to be found. server is what a
                # server is called here, served_by what it calls itself, in telemetry too: of one that was found by a name the two differ.
                log-format '%{+json}o %(time)[accept_date(ms),ms_utime("{{LogTime}}")] {{LogFields}}'
                # What is no request, or no handshake, has only the time at which that was noticed.
                error-log-format '%{+json}o %(time)[date(0,ms),ms_utime("{{LogTime}}")] {{LogFields}}'
                # HAProxy's own variable reads it off the end of the logged address, which may be cut.
                http-request set-var-fmt(txn.protocol) "HTTP/%[req.ver]"

            """);
        text.Append($$"""
            .if defined({{FrontProxiesVariable}})
                # All visitors come through an ingress: who they are and whether they came encrypted is what it says last.
                http-request set-var(txn.front_proto) str(https) if { src "${{{FrontProxiesVariable}}[*]}" } { req.fhdr(x-forwarded-proto,-1) -m str -i https }
                http-request set-src req.hdr_ip(x-forwarded-for,-1) if { src "${{{FrontProxiesVariable}}[*]}" } { req.hdr_ip(x-forwarded-for,-1) -m found }
            .endif


            """);
        text.Append(RequestHardening(model.Settings));
        text.Append($$"""

                # Who asks, and through whom: only this load balancer's word counts, not what the client claims.
                http-request set-header X-Forwarded-For %[src]
                http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]
                http-request set-header X-Forwarded-Proto %[var(txn.front_proto)] if { var(txn.front_proto) -m found }
                http-request set-header X-Forwarded-Host %[req.fhdr(host)]
                http-request set-header X-Forwarded-Server "${{{NameVariable}}}"

                # The trace of a client that has one goes on; otherwise it begins here.
                http-request set-var(txn.trace_id) req.hdr(traceparent),field(2,-) if { req.hdr_cnt(traceparent) 1 } { req.hdr(traceparent) -m reg '{{ValidTrace}}' }
                http-request del-header tracestate unless { var(txn.trace_id) -m found }
                http-request set-header traceparent 00-%[uuid,regsub(-,,g)]-%[uuid,regsub(-,,g),bytes(0,16)]-01 unless { var(txn.trace_id) -m found }
                http-request set-var(txn.trace_id) req.hdr(traceparent),field(2,-)

                # Who served it, also if it was nobody (an error of the load balancer itself). A server knows best who it is: of those that are
                # found by one name, which of them has which place here may change, and be another at another load balancer.
                http-after-response set-var(txn.served_by) res.fhdr(X-Served-By) if { srv_id -m found }
                http-after-response set-header X-Served-By "${{{NameVariable}}}" unless { srv_id -m found }
                http-after-response set-header X-Served-By "%[srv_name,regsub({{HAProxyServer.FailOpenSuffix}}\$,)]" if { srv_id -m found } !{ res.fhdr(X-Served-By) -m found }
                http-after-response set-header X-Served-By "${{{NameVariable}}}, %[res.fhdr(X-Served-By)]" if { srv_id -m found }

                # What the load balancer itself answers needs no more than its own style.
                http-after-response set-header X-Content-Type-Options nosniff unless { srv_id -m found }
                http-after-response set-header Content-Security-Policy "{{ContentSecurityPolicy(model.Settings)}}" unless { srv_id -m found }

            """);
    }

    private static void RenderFrontend(StringBuilder text, HAProxyModel model, HAProxyFrontend frontend)
    {
        text.Append($$"""

            # {{(frontend.IsPublic ? "For visitors." : "For other tiers; not reachable from outside.")}}
            frontend {{frontend.ConfigurationName}} from frontends
                bind :{{frontend.Port}}

            """);
        RenderConnectionLimits(text, model, frontend);

        if (frontend.IsPublic)
        {
            RenderSlowBodies(text, model.Settings);
            RenderTls(text, model.Tls);
            // The regular expression allows for the spellings of one path that web servers take for the same.
            text.Append($$"""
                    # How the servers are is nobody's business outside, however the path is spelled.
                    http-request return status 404 content-type {{ContentOf(model.Settings.ErrorPage, 404, "There is nothing here")}} if { path,url_dec -m reg -i ^/+(health|alive)(/.*)?$ }

                """);
            RenderHosts(text, model.Settings);
            RenderBodyLimits(text, model.Settings);
            RenderLimits(text, model);
        }
        else
        {
            text.Append($"    # Whether this load balancer answers, whatever the servers do.\n    monitor-uri {InternalHealthPath}\n");
            text.Append(s_statistics);
            if (!model.Settings.LogInternalRequests)
            {
                text.Append("    # Only what went wrong (an error, a repeat, a time-out); the rest is in the traces.\n    option dontlog-normal\n");
            }
        }

        RenderErrorPages(text, model.Settings, frontend);
        if (model.Settings.FailOpen)
        {
            text.Append($$"""
                    # If no server passes its check, they are too busy rather than all gone: they are asked nevertheless.
                    use_backend {{frontend.Backend.FailOpenName}} if { nbsrv({{frontend.Backend.Name}}) eq 0 }

                """);
        }

        if (frontend.IsPublic && model.Settings.StreamPaths.Count > 0)
        {
            RenderStreamRule(text, model.Settings, frontend.Backend);
        }

        if (frontend.IsPublic)
        {
            text.Append($$"""
                    # Large bodies have places of their own at the servers: one that trickles in takes none from small requests.
                    use_backend {{frontend.Backend.LargeName}} if { method POST PUT PATCH } !{ req.fhdr(content-length) -m int le {{SmallBody(model.Settings)}} }

                """);
        }

        text.Append($"    default_backend {frontend.Backend.Name}\n");
    }
}
