using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// A load balancer is healthy if it serves and every server behind it does, degraded if some do not, and unhealthy if a tier has
/// none. A standby server that was not started is not missed.
/// </summary>
internal sealed class HAProxyHealthCheck(HAProxyResource instance) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            return Evaluate(instance.Cluster.Frontends, await RuntimeApiClient.GetStatisticsAsync(instance, cancellationToken).ConfigureAwait(false));
        }
        catch (RuntimeApiException ex)
        {
            return HealthCheckResult.Unhealthy(ex.Message);
        }
    }

    public static HealthCheckResult Evaluate(IReadOnlyList<HAProxyFrontend> frontends, HAProxyStatistics statistics)
    {
        var down = new List<string>();
        var up = new List<string>();
        var unserved = new List<string>();
        foreach (var backend in frontends.Select(f => f.Backend))
        {
            var lines = backend.Servers.Select(s => (Server: s, Line: statistics.Server(backend.Name, s.Name))).ToArray();
            var working = lines.Count(s => s.Line is { IsUp: true });
            up.Add($"{backend.Name} {working}");
            if (working == 0)
            {
                unserved.Add(backend.Name);
            }

            down.AddRange(lines
                .Where(s => !s.Server.IsStandby && s.Line is null or { IsDown: true })
                .Select(s => $"{s.Server.Name} is down ({s.Line?.Reason ?? "unknown to the load balancer"})"));
        }

        var reasons = string.Join("; ", down);
        return unserved.Count > 0 ? HealthCheckResult.Unhealthy($"No server takes requests for {string.Join(" and ", unserved)}. {reasons}".TrimEnd())
            : down.Count > 0 ? HealthCheckResult.Degraded(reasons)
            : HealthCheckResult.Healthy($"Servers that take requests: {string.Join(", ", up)}");
    }
}
