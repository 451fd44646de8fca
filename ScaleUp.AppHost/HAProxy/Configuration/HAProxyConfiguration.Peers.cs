using System.Text;

namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    // A peer's address would have to be known when HAProxy starts, and a load balancer that could not start because the other
    // is gone would be a poor one. So each reaches the others through a relay in itself, which asks for the name again and again.
    private static void RenderPeers(StringBuilder text, HAProxyModel model)
    {
        var limits = model.Settings.Limits;
        if (limits.Count == 0)
        {
            return;
        }

        text.Append("""

            # The load balancers tell each other what they count, and one that comes back is told by the others.
            peers cluster

            """);

        foreach (var (i, instance) in model.Instances.Index())
        {
            text.Append($$"""
                .if streq("${{NameVariable}}",{{instance}})
                    peer {{instance}} "${{{PeersAddressVariable}}-}:{{PeersPort}}"
                .else
                    peer {{instance}} 127.0.0.1:{{PeersPort + 1 + i}}
                .endif

                """);
        }

        text.Append("""

            # The way to each peer. A peer's address has to be known at the start, that of a server behind a relay has not.
            defaults relays
                mode tcp
                timeout connect 1s
                timeout client 30s
                timeout server 30s
                default-server resolvers system init-addr libc,none resolve-prefer ipv4


            """);

        foreach (var (i, instance) in model.Instances.Index())
        {
            text.Append($$"""
                listen peer-{{instance}} from relays
                    bind 127.0.0.1:{{PeersPort + 1 + i}}
                    server {{instance}} "${{{HAProxyServer.VariableOf(instance)}}}"

                """);
        }

        text.Append("""

            # What is counted of each client. A table that two wrote to would keep only the later word, so each load balancer
            # has its own, which the others only read; the sum is what counts.

            """);

        foreach (var limit in limits)
        {
            foreach (var instance in model.Instances)
            {
                var period = Time(limit.Period);
                text.Append($$"""
                    backend {{TableOf(limit, instance)}} from all
                        stick-table type ipv6 size 100k expire {{period}} store http_req_rate({{period}}) peers cluster

                    """);
            }
        }
    }

    private static void RenderLimits(StringBuilder text, HAProxyModel model)
    {
        const string client = "src,ipmask(32,64)";
        foreach (var (i, limit) in model.Settings.Limits.Index())
        {
            string[] conditions = [
                .. limit.Method is { } method ? [$"{{ method {method} }}"] : Array.Empty<string>(),
                .. limit.Path is { } path ? [$"{{ path,url_dec -m reg -i {SpellingsOf(path)} }}"] : Array.Empty<string>(),
            ];
            var counts = conditions.Length == 0 ? "" : " if " + string.Join(' ', conditions);
            var when = conditions.Length == 0 ? "" : string.Join(' ', conditions) + " ";
            text.Append($$"""
                    # {{limit.Name}}: at most {{limit.Requests}} in {{Time(limit.Period)}} of one client, on all load balancers together.
                    http-request track-sc{{i}} {{client}} table "{{limit.Name}}-${{{NameVariable}}}"{{counts}}

                """);

            foreach (var (j, instance) in model.Instances.Index())
            {
                var sum = j == 0 ? "" : $",add(txn.limit_{i})";
                text.Append($"    http-request set-var(txn.limit_{i}) {client},table_http_req_rate({TableOf(limit, instance)}){sum}{counts}\n");
            }

            text.Append($$"""
                    http-request deny deny_status 429 content-type {{ContentOf(model.Settings.ErrorPage, 429, "Too many requests")}} hdr Retry-After {{(long)limit.Period.TotalSeconds}} if {{when}}{ var(txn.limit_{{i}}) -m int gt {{limit.Requests}} }

                """);
        }
    }

    // All that a web server takes for this path: https://www.rfc-editor.org/rfc/rfc3986#section-6.2 leaves it the choice.
    private static string SpellingsOf(string path) =>
        $"^{string.Join("/+", path.TrimEnd('/').Split('/').Select(part => part.Replace(".", "[.]", StringComparison.Ordinal)))}/*$";

    private static string TableOf(HAProxyRequestLimit limit, string instance) => $"{limit.Name}-{instance}";
}
