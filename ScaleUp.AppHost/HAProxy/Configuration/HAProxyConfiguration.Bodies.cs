using System.Text;

namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    // What fits into the buffer together with the head of a usual request.
    private static int SmallBody(HAProxySettings settings) => settings.BufferSize / 4 * 3;

    private static void RenderHosts(StringBuilder text, HAProxySettings settings)
    {
        if (settings.Hosts.Count > 0)
        {
            text.Append($$"""
                    # The names of this website. Under another one it could be somebody else's, in links and in caches.
                    {{Refuse(settings, 421, "This is another website")}} !{ req.fhdr(host),host_only,regsub(\.$,),lower -m str {{string.Join(' ', settings.Hosts.Select(host => host.ToLowerInvariant()))}} }

                """);
        }
    }

    private static void RenderBodyLimits(StringBuilder text, HAProxySettings settings)
    {
        if (settings.MaxFormSize is { } most)
        {
            var large = settings.LargeFormPaths.Count == 0 ? "" : $" !{{ path,url_dec -m reg -i '^/+({string.Join('|', settings.LargeFormPaths.Select(PatternOf))})/*$' }}";
            text.Append($$"""
                    # Most forms are small. What is larger than any of them is refused before its body comes.
                    {{Refuse(settings, 413, "This is too large")}} { req.fhdr(content-length) -m int gt {{most}} }{{large}}

                """);
        }
    }

    // Here and not in HAProxyConfiguration.Backends.cs: it is there because of what a body can do.
    private static void RenderLarge(StringBuilder text, HAProxySettings settings, HAProxyBackend backend, TimeSpan attempt)
    {
        var places = $"maxconn {settings.MaxLargeBodiesPerServer}";
        text.Append($$"""

            # The same servers for large bodies, a few at a time.
            backend {{backend.LargeName}} from servers
                http-request set-timeout server {{Time(attempt)}} if { var(txn.repeatable) -m bool } !{ var(txn.busy) -m bool }

            """);
        RenderTwins(text, settings, backend, places);
    }

    // The servers of a backend once more, with places of their own and without checks of their own.
    private static void RenderTwins(StringBuilder text, HAProxySettings settings, HAProxyBackend backend, string places)
    {
        foreach (var server in backend.Servers)
        {
            text.Append($"    server {server.Name} \"${{{server.AddressVariable}}}\" {places} no-check track {backend.Name}/{server.Name}\n");
        }

        if (settings.FailOpen && backend.Servers.Count > 0)
        {
            text.Append("    option allbackups\n");
            foreach (var server in backend.Servers.Where(server => !server.IsStandby))
            {
                text.Append($"    server {server.FailOpenName} \"${{{server.AddressVariable}}}\" {places} backup no-check\n");
            }
        }

        if (backend.DiscoveredServers > 0)
        {
            text.Append($$"""
                    http-request set-header Host "${{{backend.HostVariable}}}"
                    http-check send meth GET uri /health ver HTTP/1.1 hdr Host "${{{backend.HostVariable}}}"
                    http-check expect status 200

                """);
            RenderTemplate(text, backend, $" {places}");
        }
    }

    // A part that is "*" is any one part.
    private static string PatternOf(string path) =>
        string.Join("/+", path.Trim('/').Split('/').Select(part => part == "*" ? "[^/]+" : part.Replace(".", "[.]", StringComparison.Ordinal)));
}
