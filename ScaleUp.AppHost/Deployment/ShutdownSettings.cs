using Aspire.Hosting.HAProxy;

namespace ScaleUp.AppHost.Deployment;

/// <summary>The probes and shutdown timing of services, the same for every deployment target.</summary>
internal static class ShutdownSettings
{
    /// <summary>
    /// The time between the stop signal and the kill signal. A load balancer accepts requests for at most <see cref="IngressDrainDelay"/>
    /// and then has 30 s to finish requests in flight (<c>hard-stop-after</c>); a server has 30 s in total (.NET's
    /// <c>HostOptions.ShutdownTimeout</c>).
    /// </summary>
    public static readonly TimeSpan StopGracePeriod = TimeSpan.FromSeconds(45);

    /// <summary>
    /// The time for which a stopping load balancer still accepts requests, until a Kubernetes Service or keepalived stops sending them.
    /// keepalived checks it twice within 2 s and then needs up to a second to move the address. Servers need no such setting: they fail
    /// their readiness check and keep serving for 2 s.
    /// </summary>
    public static readonly TimeSpan LoadBalancerDrainDelay = TimeSpan.FromSeconds(5);

    /// <summary>
    /// The time for which a server or load balancer still accepts requests after its readiness fails, behind an ingress of the platform,
    /// which needs two failed probes (2 s each) and time to update all its instances. The load balancers' own health checks, five a second,
    /// need less.
    /// </summary>
    public static readonly TimeSpan IngressDrainDelay = TimeSpan.FromSeconds(10);

    /// <summary>
    /// The orchestrator's probes of a service. A load balancer is ready if it responds and is not stopping, even if no server is available:
    /// then it returns an error page.
    /// </summary>
    public static IEnumerable<Probe> ProbesOf(PublishedService service) => service.Kind switch
    {
        ServiceKind.Server =>
        [
            // One minute, because the first replica applies the migrations while the others wait.
            new("Startup", "/alive", service.Endpoint("http").Port, PeriodSeconds: 1, TimeoutSeconds: 1, Failures: 60),
            new("Readiness", "/health", service.Endpoint("http").Port, PeriodSeconds: 2, TimeoutSeconds: 1, Failures: 2),
            // Tolerant, because a restart does not help a busy server.
            new("Liveness", "/alive", service.Endpoint("http").Port, PeriodSeconds: 10, TimeoutSeconds: 5, Failures: 3),
        ],
        ServiceKind.LoadBalancer =>
        [
            new(
                "Readiness",
                HAProxyConfiguration.ReadyPath,
                HAProxyConfiguration.OperationsPort,
                PeriodSeconds: 2,
                TimeoutSeconds: 1,
                Failures: 2),
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
/// <param name="Path">The path of an HTTP probe; null for a TCP probe.</param>
/// <param name="Port">The port.</param>
/// <param name="PeriodSeconds">The interval between probes in seconds.</param>
/// <param name="TimeoutSeconds">The time limit for a response in seconds.</param>
/// <param name="Failures">The number of consecutive failures after which the probe fails.</param>
internal sealed record Probe(string Kind, string? Path, int Port, int PeriodSeconds, int TimeoutSeconds, int Failures);
