using System.Globalization;
using System.Text;

namespace ScaleUp.AppHost.Deployment;

internal static partial class KubernetesPublisher
{
    // Who talks to whom is who is told whose address, here as everywhere; all else is refused.
    private static string RenderNetworkPolicies(PublishedApplication application)
    {
        var text = new StringBuilder("""
            # Written by the AppHost from its topology; edit there, not here.
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata:
              name: nothing-else
            spec:
              podSelector: {}
              policyTypes: [Ingress, Egress]

            """);
        foreach (var group in application.Services.GroupBy(service => service.Group))
        {
            RenderPolicy(text, application, group.Key, [.. group]);
        }

        return text.Replace("\r\n", "\n").ToString();
    }

    private static void RenderPolicy(StringBuilder text, PublishedApplication application, string name, PublishedService[] services)
    {
        text.Append($$"""
            ---
            apiVersion: networking.k8s.io/v1
            kind: NetworkPolicy
            metadata:
              name: {{name}}
            spec:
              podSelector:
                matchLabels:
                  app.kubernetes.io/component: {{name}}
              policyTypes: [Ingress, Egress]
              ingress:

            """);
        foreach (var endpoint in services.SelectMany(service => service.Endpoints).Where(endpoint => endpoint.IsExternal).Distinct())
        {
            text.Append(CultureInfo.InvariantCulture, $"    # Visitors.\n    - ports:\n        - port: {endpoint.Port}\n");
        }

        foreach (var (caller, port) in services.SelectMany(application.CallersOf).Select(call => (call.Caller.Group, call.Endpoint.Port)).Distinct())
        {
            RenderWay(text, "from", caller, port);
        }

        var calls = application.Services.SelectMany(callee => application.CallersOf(callee).Select(call => (call.Caller, Callee: callee, call.Endpoint)))
            .Where(call => call.Caller.Group == name).Select(call => (call.Callee.Group, call.Endpoint.Port)).Distinct().ToArray();
        text.Append(calls.Length == 0 ? "  egress: []\n" : "  egress:\n");
        foreach (var (callee, port) in calls)
        {
            RenderWay(text, "to", callee, port);
        }

        if (calls.Length > 0)
        {
            text.Append("    # Names.\n    - ports:\n        - port: 53\n          protocol: UDP\n        - port: 53\n          protocol: TCP\n");
        }
    }

    private static void RenderWay(StringBuilder text, string direction, string group, int port) => text.Append(CultureInfo.InvariantCulture, $"""
            - {direction}:
                - podSelector:
                    matchLabels:
                      app.kubernetes.io/component: {group}
              ports:
                - port: {port}

        """);
}
