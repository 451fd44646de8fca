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

    // A large body that is slower than this, in bytes within LargeBodyTimeout, is no person's.
    private static int LeastBody(HAProxySettings settings) => SmallBody(settings) / 3;

    // HAProxy reads what still comes of a request that it has refused, for as long as it comes, to keep the connection. What trickles in is not
    // refused but closed: only tcp-request can do that, which is before all other rules.
    private static void RenderSlowBodies(StringBuilder text, HAProxySettings settings) => text.Append($$"""
            # A large body that trickles in ends with its connection, whatever it is for. One that is whole, small or fast enough goes on.
            tcp-request inspect-delay {{Time(settings.LargeBodyTimeout)}}
            tcp-request content accept if METH_GET !{ req.fhdr_cnt(content-length) gt 0 } !{ req.fhdr_cnt(transfer-encoding) gt 0 }
            tcp-request content accept if { req.fhdr(content-length) -m int le {{SmallBody(settings)}} }
            tcp-request content accept if { req.body_len ge {{LeastBody(settings)}} }
            tcp-request content accept if { internal.htx.has_eom }
            tcp-request content reject if WAIT_END

        """);

    private static void RenderBodyLimits(StringBuilder text, HAProxySettings settings)
    {
        if (settings.MaxFormSize is { } most)
        {
            var large = settings.LargeFormPaths.Count == 0 ? "" : $" !{OneOf(settings.LargeFormPaths)}";
            text.Append($$"""
                    # Most forms are small. What is larger than any of them is refused before its body comes.
                    {{Refuse(settings, 413, "This is too large")}} { req.fhdr(content-length) -m int gt {{most}} }{{large}}

                """);
        }
    }

    // Here and not in HAProxyConfiguration.Backends.cs: it is there because of what a body can do.
    private static void RenderLarge(StringBuilder text, HAProxySettings settings, HAProxyBackend backend, string attempt)
    {
        var places = $"maxconn {settings.MaxLargeBodiesPerServer}";
        text.Append($$"""

            # The same servers for large bodies, a few at a time.
            backend {{backend.LargeName}} from servers
            {{attempt}}
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

    private static string OneOf(IList<string> paths) => $"{{ path,url_dec -m reg -i '^/+({string.Join('|', paths.Select(PatternOf))})/*$' }}";

    // A part that is "*" is any one part.
    private static string PatternOf(string path) =>
        string.Join("/+", path.Trim('/').Split('/').Select(part => part == "*" ? "[^/]+" : part.Replace(".", "[.]", StringComparison.Ordinal)));
}
