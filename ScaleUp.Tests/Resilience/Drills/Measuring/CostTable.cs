using ScaleUp.Tests.Drills.Report;

namespace ScaleUp.Tests.Drills.Measuring;

/// <summary>Formats the measurement as tables for docs/capacity.md.</summary>
internal static class CostTable
{
    public static void Write(TextWriter output, Costs costs)
    {
        Table.Write(output, ["ms of processor time a request", "load balancers", "web", "API", "database", "calls of API",
            "p50 / p99 of the answer, ms", "at ... /s"],
            costs.Requests.Select(r => (string[])[
                r.Kind, Table.Short(r.Cpu.LoadBalancer), Table.Short(r.Cpu.Web), Table.Short(r.Cpu.Api), Table.Short(r.Cpu.Database),
                Table.Short(r.ApiCalls),
                $"{Table.Short(r.P50)} / {Table.Short(r.P99)}", Table.Short(r.PerSecond)]));
        output.WriteLine();
        Table.Write(output, ["bytes a request", "from visitor", "to visitor", "web - API, both ways", "database's log"],
            costs.Requests.Select(
            r => (string[])[r.Kind, Table.Number(r.BytesIn, 0), Table.Number(r.BytesOut, 0), Table.Number(r.ApiBytes, 0),
            Table.Number(r.LogBytes, 0)]));
        output.WriteLine();
        Table.Write(output, ["one server", "load balancer", "web", "API", "database"],
            [Row("without requests, ms of processor time a second", costs.Idle), Row("memory after all of it, MiB", costs.Memory)]);
        output.WriteLine();
        output.WriteLine($"Measured on {costs.Date}: {costs.Machine}.");
    }

    private static string[] Row(string name, PerTier figures) =>
        [name, Table.Short(figures.LoadBalancer), Table.Short(figures.Web), Table.Short(figures.Api), Table.Short(figures.Database)];
}
