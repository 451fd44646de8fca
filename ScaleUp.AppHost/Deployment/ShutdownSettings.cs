using Aspire.Hosting.HAProxy;

namespace ScaleUp.AppHost.Deployment;

/// <summary>When a service is there, and how it leaves: the same in every published form.</summary>
internal static class ShutdownSettings
{
    /// <summary>
    /// How long a service that was told to stop has until it is killed. A load balancer goes on for <see cref="IngressNotice"/> at most and then has 30 s
    /// for what it still does (<c>hard-stop-after</c>); a server has 30 s in all (.NET's <c>HostOptions.ShutdownTimeout</c>).
    /// </summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(45);

    /// <summary>
    /// How long a load balancer goes on, for those in front of it to learn that it leaves: a Kubernetes Service, or keepalived, which asks it twice
    /// within 2 s and then needs most of a second to move the address. A server needs no such time: it says on <c>/health</c> that it leaves, and goes on for 2 s.
    /// </summary>
    public static readonly TimeSpan LoadBalancerNotice = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a server or load balancer goes on after it has said that it leaves, where an ingress that none of us controls is in front of it: it
    /// has to notice (two probes of 2 s) and to tell all its parts. The load balancers, which ask servers five times a second, need less.
    /// </summary>
    public static readonly TimeSpan IngressNotice = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How an orchestrator learns of a service's state. Ready, of a load balancer, is whether it answers and is not about to leave, not whether there
    /// are servers behind it: if there are none, it is there to say so.
    /// </summary>
    public static IEnumerable<Probe> ProbesOf(PublishedService service) => service.Kind switch
    {
        PublishedKind.Server =>
        [
            // A minute to start: the first replica applies the migrations, the others wait for it.
            new("Startup", "/alive", service.Endpoint("http").Port, PeriodSeconds: 1, TimeoutSeconds: 1, Failures: 60),
            new("Readiness", "/health", service.Endpoint("http").Port, PeriodSeconds: 2, TimeoutSeconds: 1, Failures: 2),
            // Patient: a server that is only busy is worse off for being started anew.
            new("Liveness", "/alive", service.Endpoint("http").Port, PeriodSeconds: 10, TimeoutSeconds: 5, Failures: 3),
        ],
        PublishedKind.LoadBalancer =>
        [
            new("Readiness", HAProxyConfiguration.ReadyPath, HAProxyConfiguration.OperationsPort, PeriodSeconds: 2, TimeoutSeconds: 1, Failures: 2),
            new("Liveness", "/alive", HAProxyConfiguration.OperationsPort, PeriodSeconds: 10, TimeoutSeconds: 5, Failures: 3),
        ],
        _ =>
        [
            new("Startup", null, service.Endpoints[0].Port, PeriodSeconds: 2, TimeoutSeconds: 1, Failures: 60),
            new("Readiness", null, service.Endpoints[0].Port, PeriodSeconds: 2, TimeoutSeconds: 1, Failures: 2),
        ],
    };
}

/// <param name="Kind"><c>Startup</c>, <c>Readiness</c> or <c>Liveness</c>.</param>
/// <param name="Path">What is asked for by HTTP; null for nothing but a connection.</param>
/// <param name="Port">The port.</param>
/// <param name="PeriodSeconds">Seconds between two probes.</param>
/// <param name="TimeoutSeconds">Seconds for the answer.</param>
/// <param name="Failures">Failed probes after which it counts.</param>
internal sealed record Probe(string Kind, string? Path, int Port, int PeriodSeconds, int TimeoutSeconds, int Failures);
