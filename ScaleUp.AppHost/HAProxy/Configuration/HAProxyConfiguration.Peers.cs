using System.Text;

namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    // HAProxy resolves peer addresses only at startup and fails if one is unknown. So each instance reaches its peers through a local
    // relay, which resolves the name repeatedly.
    private static void RenderPeers(StringBuilder text, HAProxyModel model)
    {
        var limits = model.Settings.Limits;
        if (limits.Count == 0)
        {
            return;
        }

        text.Append("""

            # The load balancers share their request counts; a restarted one receives them from its peers.
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

            # A local relay to each peer. HAProxy must resolve a peer's address at startup, but not that of a server behind a relay.
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

            # Requests per client. In a shared table the last write would win, so each load balancer writes to its own table and reads the
            # others'. The sum is compared with the limit.

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
            var condition = conditions.Length == 0 ? "" : " if " + string.Join(' ', conditions);
            var denyCondition = conditions.Length == 0 ? "" : string.Join(' ', conditions) + " ";
            text.Append($$"""
                    # {{limit.Name}}: at most {{limit.Requests}} requests per client in {{Time(limit.Period)}}, across all load balancers.
                    http-request track-sc{{i}} {{client}} table "{{limit.Name}}-${{{NameVariable}}}"{{condition}}

                """);

            foreach (var (j, instance) in model.Instances.Index())
            {
                var sum = j == 0 ? "" : $",add(txn.limit_{i})";
                var rate = $"{client},table_http_req_rate({TableOf(limit, instance)})";
                text.Append($"    http-request set-var(txn.limit_{i}) {rate}{sum}{condition}\n");
            }

            var retryAfter = $" hdr Retry-After {(long)limit.Period.TotalSeconds}";
            text.Append($$"""
                    {{Deny(model.Settings, 429, "Too many requests", retryAfter)}} {{denyCondition}}{ var(txn.limit_{{i}}) -m int gt {{limit.Requests}} }

                """);
        }
    }

    // Matches every spelling that a web server may treat as this path: https://www.rfc-editor.org/rfc/rfc3986#section-6.2.
    private static string SpellingsOf(string path) =>
        $"^{string.Join("/+", path.TrimEnd('/').Split('/').Select(segment => segment.Replace(".", "[.]", StringComparison.Ordinal)))}/*$";

    private static string TableOf(HAProxyRequestLimit limit, string instance) => $"{limit.Name}-{instance}";
}
