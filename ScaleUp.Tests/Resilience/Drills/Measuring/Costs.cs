namespace ScaleUp.Tests.Drills.Measuring;

/// <summary>A figure for each tier.</summary>
/// <param name="LoadBalancer">The sum of all load balancers.</param>
/// <param name="Web">The sum of all web servers.</param>
/// <param name="Api">The sum of all API servers.</param>
/// <param name="Database">The database server.</param>
internal sealed record PerTier(double LoadBalancer, double Web, double Api, double Database);

/// <summary>The measured cost of one request of a kind.</summary>
/// <param name="Kind">One of <see cref="Costs.Kinds"/>.</param>
/// <param name="PerSecond">Requests per second during the measurement.</param>
/// <param name="Cpu">Processor time in milliseconds, without that of idle servers.</param>
/// <param name="ApiCalls">Requests to the API servers.</param>
/// <param name="BytesIn">HTTP bytes from the visitor to a load balancer.</param>
/// <param name="BytesOut">HTTP bytes from a load balancer to the visitor.</param>
/// <param name="ApiBytes">HTTP bytes between load balancers and web servers for requests to the API, in both directions.</param>
/// <param name="LogBytes">Bytes that the database writes to its write-ahead log (WAL).</param>
/// <param name="P50">The median response time in milliseconds.</param>
/// <param name="P99">The 99th percentile of the response time in milliseconds.</param>
internal sealed record RequestCost(
    string Kind, double PerSecond, PerTier Cpu, double ApiCalls, double BytesIn, double BytesOut, double ApiBytes, double LogBytes,
        double P50, double P99);

/// <summary>The results of <c>eng/measure.sh</c>, with machine and date.</summary>
/// <param name="Machine">The machine of the measurement.</param>
/// <param name="Date">The date of the measurement, such as 2026-11-23.</param>
/// <param name="Idle">Processor time of one idle server in milliseconds per second, mostly for health checks.</param>
/// <param name="Memory">Memory of one server after the measurement, in MiB.</param>
/// <param name="Requests">The cost of each kind of request.</param>
internal sealed record Costs(string Machine, string Date, PerTier Idle, PerTier Memory, IReadOnlyList<RequestCost> Requests)
{
    /// <summary>The measured kinds of requests, cheapest first.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["static", "cached", "uncached", "signed-in", "write"];
}
