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

    private static void RenderBodyLimits(StringBuilder text, HAProxySettings settings)
    {
        if (settings.MaxFormSize is { } maxSize)
        {
            var exceptLarge = settings.LargeFormPaths.Count == 0
                ? ""
                : $" !{{ path,url_dec -m reg -i '^/+({string.Join('|', settings.LargeFormPaths.Select(PatternOf))})/*$' }}";
            text.Append($$"""
                    # Most forms are small. Reject larger bodies by their Content-Length, before they arrive.
                    {{Deny(settings, 413, "Your request is too large")}} { req.fhdr(content-length) -m int gt {{maxSize}} }{{exceptLarge}}

                """);
        }
    }

    private static void RenderLargeBodyBackend(
        StringBuilder text, HAProxySettings settings, HAProxyBackend backend, TimeSpan attemptTimeout)
    {
        var limit = $"maxconn {settings.MaxLargeBodiesPerServer}";
        text.Append($$"""

            # The same servers for large bodies, with a lower concurrency limit.
            backend {{backend.LargeBodyName}} from servers
                http-request set-timeout server {{Time(attemptTimeout)}} if { var(txn.retryable) -m bool } !{ var(txn.overloaded) -m bool }

            """);
        foreach (var server in backend.Servers)
        {
            var tracked = $"{backend.Name}/{server.Name}";
            text.Append($"    server {server.Name} \"${{{server.AddressVariable}}}\" {limit} no-check track {tracked}\n");
        }

        if (settings.FailOpen && backend.Servers.Count > 0)
        {
            text.Append("    option allbackups\n");
            foreach (var server in backend.Servers.Where(server => !server.IsStandby))
            {
                text.Append($"    server {server.FailOpenName} \"${{{server.AddressVariable}}}\" {limit} backup no-check\n");
            }
        }

        if (backend.DiscoveredServers > 0)
        {
            text.Append($$"""
                    http-request set-header Host "${{{backend.HostVariable}}}"
                    http-check send meth GET uri /health ver HTTP/1.1 hdr Host "${{{backend.HostVariable}}}"
                    http-check expect status 200

                """);
            RenderServerTemplate(text, backend, $" {limit}");
        }
    }

    // "*" matches one path segment.
    private static string PatternOf(string path) => string.Join(
        "/+",
        path.Trim('/').Split('/').Select(segment => segment == "*" ? "[^/]+" : segment.Replace(".", "[.]", StringComparison.Ordinal)));
}
