namespace ScaleUp.Capacity;

/// <summary>The arithmetic from what a request costs to what a number of requests takes, a line for each step.</summary>
internal sealed class Plan(Setup setup)
{
    // PostgreSQL's usual limit, without the three that are for those who look after it; and how the AppHost divides it (WithPoolFor).
    private const int DatabaseConnections = 97;
    private const int UsualPool = 20;

    // Of the measurement: two load balancers asked five servers for their health.
    private const int LoadBalancersMeasured = 2;
    private const int ServersMeasured = 5;

    private const int MostRounds = 1000;

    /// <summary>Milliseconds of processor time a request of the mix takes at each tier.</summary>
    public PerTier Demand => new(setup.Mean(r => r.Cpu.LoadBalancer), setup.Mean(r => r.Cpu.Web), setup.Mean(r => r.Cpu.Api), setup.Mean(r => r.Cpu.Database));

    /// <summary>
    /// The servers that keep every tier below the utilisation that was asked for, with the spare ones away; null if there is no such
    /// number: more load balancers ask more servers for their health, which need more load balancers, and so on.
    /// </summary>
    public Servers? Servers
    {
        get
        {
            var (loadBalancers, web, api) = (0, 0, 0);
            for (var round = 0; round < MostRounds; round++)
            {
                var before = (loadBalancers, web, api);
                if (Number(Demand.LoadBalancer, LoadBalancerChecks(web + api)) is not { } first
                    || Number(Demand.Web, ServerChecks(setup.Costs.Idle.Web, first)) is not { } second || Number(Demand.Api, ServerChecks(setup.Costs.Idle.Api, first)) is not { } third)
                {
                    return null;
                }

                (loadBalancers, web, api) = (first, second, third);
                if ((loadBalancers, web, api) == before)
                {
                    return new(loadBalancers, web, api, (int)Math.Ceiling(Busy(Demand.Database) / setup.Utilisation));
                }
            }

            return null;
        }
    }

    // Milliseconds a second for the health checks of so many servers, or of so many load balancers.
    private double LoadBalancerChecks(int servers) => setup.Costs.Idle.LoadBalancer / ServersMeasured * servers;

    private static double ServerChecks(double measured, int loadBalancers) => measured / LoadBalancersMeasured * loadBalancers;

    private double Busy(double milliseconds) => setup.Rate * milliseconds / 1000;

    // Two at least: one alone is no tier that survives a loss.
    private int? Number(double milliseconds, double checks)
    {
        var useful = (setup.Cores * setup.Utilisation) - (checks / 1000);
        return useful <= 0 ? null : Math.Max((int)Math.Ceiling(Busy(milliseconds) / useful), 1) + setup.Spare;
    }

    public void Write(TextWriter output)
    {
        var (demand, servers) = (Demand, Servers);
        output.WriteLine($"{Table.Number(setup.Rate, 0)} requests a second: {string.Join(", ", Costs.Kinds.Select((kind, i) => $"{Table.Short(setup.Mix[i] * 100)} % {kind}"))}.");
        output.WriteLine($"A tier is busy for {Table.Number(setup.Utilisation * 100, 0)} % of its time at most while {setup.Spare} of its servers is away; a server has {setup.Cores} cores.");
        output.WriteLine();
        output.WriteLine("Processor time: (share x ms) of each kind, added up = ms a request; x requests a second / 1000 = cores that are busy.");
        foreach (var (name, figure, rest) in new (string, Func<PerTier, double>, string)[]
        {
            ("load balancers", tier => tier.LoadBalancer, Count(servers?.LoadBalancers, LoadBalancerChecks(servers?.Web + servers?.Api ?? 0))),
            ("web", tier => tier.Web, Count(servers?.Web, ServerChecks(setup.Costs.Idle.Web, servers?.LoadBalancers ?? 0))),
            ("API", tier => tier.Api, Count(servers?.Api, ServerChecks(setup.Costs.Idle.Api, servers?.LoadBalancers ?? 0))),
            ("database", tier => tier.Database, ""),
        })
        {
            var parts = string.Join(" + ", setup.Costs.Requests.Select((request, kind) => $"{setup.Mix[kind]:0.###} x {Table.Short(figure(request.Cpu))}"));
            output.WriteLine($"  {name}: {parts} = {Table.Short(figure(demand))} ms; x {Table.Number(setup.Rate, 0)} / 1000 = {Table.Short(Busy(figure(demand)))} cores{rest}");
        }

        if (servers is null)
        {
            output.WriteLine("  No number of servers will do: each load balancer asks each server for its health, and that takes all that they have. Take larger servers (--cores), or divide the load.");
        }

        WriteDatabase(output);
        WriteConnections(output, servers);
        WriteBytes(output);

        string Count(int? number, double checks) => number is null ? ""
            : $" / ({setup.Cores} x {setup.Utilisation:0.00} - {Table.Short(checks / 1000)} for health checks) + {setup.Spare} -> {Table.Number(number.Value, 0)} servers";
    }

    // What writes cost, their own reading with it, has to be done by the one server that takes writes; the rest, copies could do.
    private void WriteDatabase(TextWriter output)
    {
        var (cores, useful) = (setup.DatabaseServer, setup.DatabaseServer * setup.Utilisation);
        var writes = Busy(setup.Mix[^1] * setup.Costs.Requests[^1].Cpu.Database);
        var reads = Busy(Demand.Database) - writes;
        var (shards, copies) = ((int)Math.Ceiling(writes / useful), (int)Math.Ceiling(reads / useful));
        output.WriteLine();
        output.WriteLine($"Database, on servers of {cores} cores that are busy for {Table.Number(setup.Utilisation * 100, 0)} %: {cores} x {setup.Utilisation:0.00} = {Table.Short(useful)} cores each");
        output.WriteLine(reads + writes <= useful
            ? $"  writes {Table.Short(writes)} + reads {Table.Short(reads)} cores: one server does both; a second one, in step with it, to survive its loss"
            : $"  writes {Table.Short(writes)} cores / {Table.Short(useful)} -> {Table.Number(shards, 0)} {(shards == 1 ? "server that takes" : "shards that take")} writes; reads {Table.Short(reads)} cores / {Table.Short(useful)} + {setup.Spare} for each shard -> {Table.Number(copies + (setup.Spare * shards), 0)} copies");
    }

    private void WriteConnections(TextWriter output, Servers? servers)
    {
        var (visitors, per) = (setup.Rate * setup.Think, setup.ConnectionsPerVisitor);
        var calls = setup.Mean(r => r.ApiCalls);
        output.WriteLine();
        output.WriteLine("Connections:");
        output.WriteLine($"  visitors: {Table.Number(setup.Rate, 0)} /s x {Table.Short(setup.Think)} s from click to click = {Table.Number(visitors, 0)} visitors; x {Table.Short(per)} = {Table.Number(visitors * per, 0)} connections{(servers is null ? "" : $", {Table.Number(visitors * per / Math.Max(servers.LoadBalancers - setup.Spare, 1), 0)} for each load balancer with {setup.Spare} away")}");
        output.WriteLine($"  calls of the API: {Table.Short(calls)} for a request = {Table.Number(setup.Rate * calls, 0)} /s");
        if (servers is null)
        {
            return;
        }

        var (places, share) = (servers.LoadBalancers * setup.RequestsPerServer, DatabaseConnections / (servers.Api + 1));
        output.WriteLine($"  to servers: at most {servers.LoadBalancers} load balancers x {setup.RequestsPerServer} = {places} requests for a server at a time; x {Table.Number(servers.Web, 0)} web = {Table.Number((double)places * servers.Web, 0)}, x {Table.Number(servers.Api, 0)} API = {Table.Number((double)places * servers.Api, 0)}");
        output.WriteLine($"  to PostgreSQL: {DatabaseConnections} / {servers.Api + 1} application servers (one more than run) = {share} for each{(share >= UsualPool ? $", of which they take {UsualPool}" : share == 0 ? ": not enough for one each, a pooler is needed" : "")}");
        output.WriteLine($"  health checks: {servers.LoadBalancers} x 5 = {5 * servers.LoadBalancers} /s at each server, {Table.Number(5.0 * (servers.Web + servers.Api), 0)} /s from each load balancer");
    }

    private void WriteBytes(TextWriter output)
    {
        var (bytesIn, bytesOut, api, log) = (setup.Mean(r => r.BytesIn), setup.Mean(r => r.BytesOut), setup.Mean(r => r.ApiBytes), setup.Mean(r => r.LogBytes));
        output.WriteLine();
        output.WriteLine("Network, in bytes of HTTP (about 5 % more with TCP and IP):");
        output.WriteLine($"  to visitors: {Table.Number(setup.Rate, 0)} x {Table.Number(bytesOut, 0)} B = {Megabits(bytesOut)}; from them {Megabits(bytesIn)}");
        output.WriteLine($"  a load balancer has each byte twice, in and out: {Megabits(2 * (bytesIn + bytesOut + api))} for all of them together");
        output.WriteLine($"  database's log, which a copy of the database would get: {Table.Number(setup.Rate, 0)} x {Table.Number(log, 0)} B = {Megabits(log)}");

        string Megabits(double bytes) => $"{Table.Short(setup.Rate * bytes * 8 / 1e6)} Mbit/s";
    }
}
