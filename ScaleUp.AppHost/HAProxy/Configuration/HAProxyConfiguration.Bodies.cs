using System.Text;

namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    // Fits into the buffer together with the headers of a typical request.
    private static int SmallBody(HAProxySettings settings) => settings.BufferSize / 4 * 3;

    private static void RenderHosts(StringBuilder text, HAProxySettings settings)
    {
        if (settings.Hosts.Count > 0)
        {
            var hosts = string.Join(' ', settings.Hosts.Select(host => host.ToLowerInvariant()));
            text.Append($$"""
                    # Allowed host names. Any other host could poison links and caches.
                    {{Deny(settings, 421, "Unknown website")}} !{ req.fhdr(host),host_only,regsub(\.$,),lower -m str {{hosts}} }

                """);
        }
    }

    // Bytes of a large body that must arrive within LargeBodyTimeout.
    private static int MinBody(HAProxySettings settings) => SmallBody(settings) / 3;

    // A client that expects 100 sends no body before it has the response to a length that is too large.
    // After a deny rule, HAProxy keeps reading the body for as long as it arrives. Only tcp-request rules, which precede all others, can
    // close the connection instead.
    private static void RenderSlowBodies(StringBuilder text, HAProxySettings settings) => text.Append($$"""
            # Close the connection if a large body trickles in. Accept bodies that are complete, small or fast enough.
            tcp-request inspect-delay {{Time(settings.LargeBodyTimeout)}}
            tcp-request content accept if METH_GET !{ req.fhdr_cnt(content-length) gt 0 } !{ req.fhdr_cnt(transfer-encoding) gt 0 }
            tcp-request content accept if { req.fhdr(content-length) -m int le {{SmallBody(settings)}} }
            tcp-request content accept if { req.fhdr(content-length) -m int gt {{settings.MaxBodySize}} } { req.fhdr(expect) -m found }
            tcp-request content accept if { req.body_len ge {{MinBody(settings)}} }
            tcp-request content accept if { internal.htx.has_eom }
            tcp-request content reject if WAIT_END

        """);

    private static void RenderBodyLimits(StringBuilder text, HAProxySettings settings)
    {
        if (settings.MaxFormSize is { } maxSize)
        {
            var exceptLarge = settings.LargeFormPaths.Count == 0 ? "" : $" !{OneOf(settings.LargeFormPaths)}";
            text.Append($$"""
                    # Most forms are small. Reject larger bodies by their Content-Length, before they arrive.
                    {{Deny(settings, 413, "Your request is too large")}} { req.fhdr(content-length) -m int gt {{maxSize}} }{{exceptLarge}}

                """);
        }
    }

    private static void RenderLargeBodyBackend(StringBuilder text, HAProxySettings settings, HAProxyBackend backend, string attempt)
    {
        var limit = $"maxconn {settings.MaxLargeBodiesPerServer}";
        text.Append($$"""

            # The same servers for large bodies, with a lower concurrency limit.
            backend {{backend.LargeBodyName}} from servers
            {{attempt}}
            """);
        RenderTrackingServers(text, backend, limit);
    }

    // The servers of a backend with another concurrency limit. They share the state of the original servers instead of checking twice.
    private static void RenderTrackingServers(StringBuilder text, HAProxyBackend backend, string limit)
    {
        foreach (var server in backend.Servers)
        {
            var tracked = $"{backend.Name}/{server.Name}";
            text.Append($"    server {server.Name} \"${{{server.AddressVariable}}}\" {limit} no-check track {tracked}\n");
        }

        if (backend.DiscoveredServers > 0)
        {
            RenderHostAndCheck(text, backend);
            RenderServerTemplate(text, backend, $" {limit}");
        }
    }

    private static string OneOf(IList<string> paths) =>
        $"{{ path,url_dec -m reg -i '^/+({string.Join('|', paths.Select(PatternOf))})/*$' }}";

    // "*" matches one path segment.
    private static string PatternOf(string path) =>
        string.Join("/+", path.Trim('/').Split('/').Select(
            part => part == "*" ? "[^/]+" : part.Replace(".", "[.]", StringComparison.Ordinal)));
}
