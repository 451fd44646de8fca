namespace ScaleUp.Tests.Drills.Measuring;

/// <summary>A figure for each tier.</summary>
/// <param name="LoadBalancer">All load balancers together.</param>
/// <param name="Web">All web servers together.</param>
/// <param name="Api">All application servers together.</param>
/// <param name="Database">The database server.</param>
internal sealed record PerTier(double LoadBalancer, double Web, double Api, double Database);

/// <summary>What one request of a kind costs, as measured.</summary>
/// <param name="Kind">What it is for: a name from <see cref="Costs.Kinds"/>.</param>
/// <param name="PerSecond">Requests in a second while it was measured.</param>
/// <param name="Cpu">Processor time, in milliseconds, without what a server uses when there are no requests.</param>
/// <param name="ApiCalls">Requests to the application servers.</param>
/// <param name="BytesIn">Bytes from the visitor to a load balancer, of HTTP.</param>
/// <param name="BytesOut">Bytes from a load balancer to the visitor, of HTTP.</param>
/// <param name="ApiBytes">Bytes between load balancers and web servers for the requests to application servers, both ways, of HTTP.</param>
/// <param name="LogBytes">Bytes that the database writes to its log (WAL).</param>
/// <param name="P50">Half of the answers came within so many milliseconds.</param>
/// <param name="P99">99 of 100 answers came within so many milliseconds.</param>
internal sealed record RequestCost(
    string Kind, double PerSecond, PerTier Cpu, double ApiCalls, double BytesIn, double BytesOut, double ApiBytes, double LogBytes, double P50, double P99);

/// <summary>What <c>eng/measure.sh</c> has found out, and the machine and the day on which it did.</summary>
/// <param name="Machine">What it was measured on.</param>
/// <param name="Date">When, as 2026-11-23.</param>
/// <param name="Idle">Processor time of one server without requests, in milliseconds a second: health checks, mostly.</param>
/// <param name="Memory">Memory of one server after all of it, in MiB.</param>
/// <param name="Requests">The kinds of requests.</param>
internal sealed record Costs(string Machine, string Date, PerTier Idle, PerTier Memory, IReadOnlyList<RequestCost> Requests)
{
    /// <summary>The kinds of requests that are measured, the cheapest first.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["static", "cached", "uncached", "signed-in", "write"];
}
