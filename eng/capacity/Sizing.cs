namespace ScaleUp.Capacity;

/// <summary>
/// Finds the fewest servers with which 999 of 1000 requests are answered within the bound, none is refused, and no tier is busy for more
/// than 90 % of its time, while one server of each tier is away. One fewer in any tier, and it is not so.
/// </summary>
/// <param name="setup">The load and the bound.</param>
/// <param name="say">Takes a line for each try.</param>
internal sealed class Sizing(Setup setup, Action<string> say)
{
    // Above it, some seconds say nothing of an hour, and a few per cent that the measurement was wrong are an outage.
    private const double MostBusy = 0.9;

    private const int MostCores = 256;

    private static readonly (string Name, Func<Servers, int> Get, Func<Servers, int, Servers> Set)[] s_tiers =
    [
        ("database cores", s => s.DatabaseCores, (s, n) => s with { DatabaseCores = n }),
        ("application servers", s => s.Api, (s, n) => s with { Api = n }),
        ("web servers", s => s.Web, (s, n) => s with { Web = n }),
        ("load balancers", s => s.LoadBalancers, (s, n) => s with { LoadBalancers = n }),
    ];

    private readonly Dictionary<Servers, bool> _tried = [];

    /// <returns>Null if there is no such number: then the figures are in what was said last.</returns>
    public Servers? Find()
    {
        if (new Plan(setup).Servers is not { } found)
        {
            return null;
        }

        while (!Serves(found))
        {
            if (found.DatabaseCores > MostCores)
            {
                return null;
            }

            found = s_tiers.Aggregate(found, (servers, tier) => tier.Set(servers, (int)Math.Ceiling(tier.Get(servers) * 1.25)));
        }

        // A tier may do with fewer only once another has more than it needs, so all are asked until none does.
        for (var before = found with { Web = 0 }; before != found;)
        {
            before = found;
            found = s_tiers.Aggregate(found, Least);
        }

        return found;
    }

    /// <summary>What is seen with one server of each tier away.</summary>
    public static SimulationResult RunWithoutOne(Setup setup, Servers servers) => SimulatedWebsite.Run(setup with
    {
        Servers = new(servers.LoadBalancers - 1, servers.Web - 1, servers.Api - 1, servers.DatabaseCores),
        Fault = null,
    });

    public static bool IsEnough(Setup setup, SimulationResult result) =>
        result.All is { Requests: > 0, Failed: 0 } all && all.P999 <= setup.Bound && Busiest(result) <= MostBusy;

    private static double Busiest(SimulationResult result) =>
        new[] { result.Busy.LoadBalancer, result.Busy.Web, result.Busy.Api, result.Busy.Database }.Max();

    private Servers Least(Servers servers, (string Name, Func<Servers, int> Get, Func<Servers, int, Servers> Set) tier)
    {
        // Of this number it is known that it is enough, and of the lower one that it is not, or cannot be.
        var (enough, lower) = (tier.Get(servers), tier.Name == "database cores" ? 0 : 1);
        if (enough - 1 > lower && !Serves(tier.Set(servers, enough - 1)))
        {
            return servers;
        }

        while (enough - lower > 1)
        {
            var middle = (enough + lower) / 2;
            (enough, lower) = Serves(tier.Set(servers, middle)) ? (middle, lower) : (enough, middle);
        }

        return tier.Set(servers, enough);
    }

    private bool Serves(Servers servers)
    {
        if (servers.LoadBalancers < 2 || servers.Web < 2 || servers.Api < 2)
        {
            return false;
        }

        if (!_tried.TryGetValue(servers, out var serves))
        {
            var result = RunWithoutOne(setup, servers);
            _tried[servers] = serves = IsEnough(setup, result);
            say($"{servers.LoadBalancers} + {servers.Web} + {servers.Api}, {servers.DatabaseCores} cores for the database: p99.9 {Table.Number(result.All.P999, 1)} ms, {result.All.Failed} failed of {Table.Number(result.All.Requests, 0)}, busiest tier {Busiest(result):0%} with one of each away");
        }

        return serves;
    }
}
