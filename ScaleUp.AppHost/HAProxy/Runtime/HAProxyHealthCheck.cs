using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.HAProxy;

/// <summary>
/// Reports a load balancer as healthy if all its servers are up, degraded if some are down, and unhealthy if a tier has no available
/// server or the load balancer does not answer. Standby servers that have not started are expected to be down.
/// </summary>
internal sealed class HAProxyHealthCheck(HAProxyResource instance) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var statistics = await RuntimeApiClient.GetStatisticsAsync(instance, cancellationToken).ConfigureAwait(false);
            return Evaluate(instance.Cluster.Frontends, statistics);
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
        var unavailable = new List<string>();
        foreach (var backend in frontends.Select(f => f.Backend))
        {
            var lines = backend.Servers.Select(s => (Server: s, Line: statistics.Server(backend.Name, s.Name))).ToArray();
            var upCount = lines.Count(s => s.Line is { IsUp: true });
            up.Add($"{backend.Name} {upCount}");
            if (upCount == 0)
            {
                unavailable.Add(backend.Name);
            }

            down.AddRange(lines
                .Where(s => !s.Server.IsStandby && s.Line is null or { IsDown: true })
                .Select(s => $"{s.Server.Name} is down ({s.Line?.Reason ?? "unknown to the load balancer"})"));
        }

        var reasons = string.Join("; ", down);
        return unavailable.Count > 0
                ? HealthCheckResult.Unhealthy($"No server is available for {string.Join(" and ", unavailable)}. {reasons}".TrimEnd())
            : down.Count > 0 ? HealthCheckResult.Degraded(reasons)
            : HealthCheckResult.Healthy($"Available servers: {string.Join(", ", up)}");
    }
}
