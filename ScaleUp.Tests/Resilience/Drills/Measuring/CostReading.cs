using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.HAProxy;
using ScaleUp.Tests.Drills.Faults;

namespace ScaleUp.Tests.Drills.Measuring;

/// <summary>The processor time of all servers and the counters of the load balancers at one point in time.</summary>
/// <param name="Time">The time of the reading.</param>
/// <param name="Cpu">Processor time of each server.</param>
/// <param name="Requests">Requests from visitors.</param>
/// <param name="ApiCalls">Requests from web servers to the API.</param>
/// <param name="BytesIn">Bytes from visitors.</param>
/// <param name="BytesOut">Bytes to visitors.</param>
/// <param name="ApiBytes">Bytes between web servers and load balancers, in both directions.</param>
/// <param name="LogBytes">Bytes of the database's write-ahead log.</param>
internal sealed record CostReading(
    DateTimeOffset Time, IReadOnlyDictionary<string, TimeSpan> Cpu, double Requests, double ApiCalls, double BytesIn, double BytesOut,
    double ApiBytes, double LogBytes)
{
    public static async Task<CostReading> TakeAsync(DrillFixture topology, CancellationToken cancellationToken)
    {
        var (time, cpu) = (DateTimeOffset.UtcNow, await topology.ReadCpuTimesAsync());
        var statistics = await Task.WhenAll(topology.Resources.OfType<HAProxyResource>()
            .Select(instance => RuntimeApiClient.GetStatisticsAsync(instance, cancellationToken)));
        // API requests are counted at the backend, because the internal frontend answers health checks itself.
        return new(time, cpu, Sum("public-front", "FRONTEND", "req_tot"), Sum("api", "BACKEND", "req_tot"),
            Sum("public-front", "FRONTEND", "bin"), Sum("public-front", "FRONTEND", "bout"),
            Sum("api", "BACKEND", "bin") + Sum("api", "BACKEND", "bout"), await topology.Database.CountLogBytesAsync(cancellationToken));

        double Sum(string proxy, string name, string column) => statistics.Sum(s => s.Server(proxy, name)!.Number(column));
    }

    /// <summary>The processor time of each tier between an earlier reading and this one, in milliseconds.</summary>
    public PerTier CpuSince(CostReading earlier)
    {
        return new(Of("lb-"), Of("web-"), Of("api-"), Of(Fault.Database));

        double Of(string prefix) => Cpu.Where(server => server.Key.StartsWith(prefix, StringComparison.Ordinal))
            .Sum(server => (server.Value - earlier.Cpu[server.Key]).TotalMilliseconds);
    }

    /// <summary>The cost of a request between an earlier reading and this one.</summary>
    /// <param name="earlier">The earlier reading.</param>
    /// <param name="kind">The kind of all requests in between.</param>
    /// <param name="idle">The processor time of the tiers without requests, in milliseconds per second.</param>
    /// <param name="answers">The response times.</param>
    public RequestCost Since(CostReading earlier, string kind, PerTier idle, Load.Percentiles answers)
    {
        var (seconds, requests, cpu) = ((Time - earlier.Time).TotalSeconds, Requests - earlier.Requests, CpuSince(earlier));
        return new(
            kind,
            Math.Round(requests / seconds, 1),
            new(Cost(cpu.LoadBalancer, idle.LoadBalancer), Cost(cpu.Web, idle.Web), Cost(cpu.Api, idle.Api),
            Cost(cpu.Database, idle.Database)),
            Math.Round((ApiCalls - earlier.ApiCalls) / requests, 4),
            Math.Round((BytesIn - earlier.BytesIn) / requests), Math.Round((BytesOut - earlier.BytesOut) / requests),
            Math.Round((ApiBytes - earlier.ApiBytes) / requests), Math.Round((LogBytes - earlier.LogBytes) / requests),
            Math.Round(answers.P50.TotalMilliseconds, 2), Math.Round(answers.P99.TotalMilliseconds, 2));

        // Values below the resolution of processor time count as zero.
        double Cost(double used, double resting) => Math.Round(Math.Max(used - (resting * seconds), 0) / requests, 4);
    }
}
