namespace ScaleUp.Capacity;

/// <summary>
/// The website in simulated time: visitors who come whatever becomes of others (open loop, Poisson), load balancers, web servers, load
/// balancers again, application servers, database. What it leaves out is said in docs/capacity.md.
/// </summary>
internal sealed class SimulatedWebsite
{
    // As in ServerFailover and HAProxySettings.
    private const double WebAttempt = 1.3;
    private const double ApiAttempt = 1;
    private const double PauseBeforeOtherLoadBalancer = 0.05;

    private readonly Timeline _timeline = new();
    private readonly Random _random;
    private readonly Setup _setup;
    private readonly Work[] _work;
    private readonly Cores _database;
    private readonly Server[] _web;
    private readonly Server[] _api;
    private readonly LoadBalancer[] _loadBalancers;
    private readonly SimulationResult _result;

    private SimulatedWebsite(Setup setup)
    {
        (_setup, _random) = (setup, new Random(setup.Seed));
        _work = [.. setup.Costs.Requests.Select(request => new Work(request, setup.Variation, _random))];
        var shared = setup.SharedCores > 0 ? new Cores(_timeline, setup.SharedCores) : null;
        _database = shared ?? new Cores(_timeline, setup.Servers.DatabaseCores);
        _web = [.. Many(setup.Servers.Web, () => new Server(OwnCores(), setup.PoolSize))];
        _api = [.. Many(setup.Servers.Api, () => new Server(OwnCores(), setup.PoolSize))];
        _loadBalancers = [.. Many(setup.Servers.LoadBalancers, () => NewLoadBalancer(OwnCores()))];
        _result = new(setup);

        Cores OwnCores() => shared ?? new Cores(_timeline, setup.Cores);
        static IEnumerable<T> Many<T>(int count, Func<T> make) => Enumerable.Range(0, count).Select(_ => make());
    }

    /// <summary>Lets the time pass.</summary>
    public static SimulationResult Run(Setup setup)
    {
        var website = new SimulatedWebsite(setup);
        website.PlanFault();
        website.PlanVisitor();
        website._timeline.RunUntil(setup.Seconds);
        website._result.Busy = new(
            Busy(website._loadBalancers.Select(lb => lb.Cores)), Busy(website._web.Select(s => s.Cores)), Busy(website._api.Select(s => s.Cores)), Busy([website._database]));
        // Who came before the end is answered, or refused, after it.
        website._timeline.RunUntil(setup.Seconds + 60);
        return website._result;

        double Busy(IEnumerable<Cores> cores) => cores.Distinct().ToArray() is var all ? all.Sum(c => c.BusySeconds) / (all.Sum(c => c.Count) * setup.Seconds) : 0;
    }

    private LoadBalancer NewLoadBalancer(Cores cores) => new(
        cores,
        new Balancer(_timeline, _random, _web, _setup.RequestsPerServer, WebAttempt),
        new Balancer(_timeline, _random, _api, _setup.RequestsPerServer, ApiAttempt));

    private void PlanVisitor() => _timeline.In(-Math.Log(1 - _random.NextDouble()) / _setup.Rate, () =>
    {
        if (_timeline.Now < _setup.Seconds)
        {
            Visit();
            PlanVisitor();
        }
    });

    private void Visit()
    {
        var (work, came) = (_work[DrawKind()], _timeline.Now);
        _result.NoteArrival(came);
        Send(isAgain: false);

        void Send(bool isAgain) => Pass(work.LoadBalancer(), lb => lb.Web, (server, end) => MakePage(work, server, end), outcome =>
        {
            // Browsers send it again by themselves on a connection that was kept, and they have kept it.
            if (outcome == Outcome.Lost && !isAgain)
            {
                _result.NoteSentAgain();
                Send(isAgain: true);
                return;
            }

            _result.NoteEnd(came, _timeline.Now, outcome == Outcome.Answered);
        });
    }

    // Through any of the load balancers that are there.
    private void Pass(double seconds, Func<LoadBalancer, Balancer> tier, Action<Server, Action<Outcome>> work, Action<Outcome> end)
    {
        var there = _loadBalancers.Count(lb => lb.IsThere);
        if (there == 0)
        {
            end(Outcome.Lost);
            return;
        }

        var number = _random.Next(there);
        var chosen = _loadBalancers.Where(lb => lb.IsThere).ElementAt(number);
        chosen.Pass(seconds, tier(chosen), work, end);
    }

    private void MakePage(Work work, Server server, Action<Outcome> end)
    {
        AfterHops(() => server.Cores.Do(work.Web(), () => Ask(work.ApiCalls())));

        // One after the other; a page whose part is not to be had is not to be had.
        void Ask(int calls, bool isAgain = false)
        {
            if (calls == 0)
            {
                end(Outcome.Answered);
                return;
            }

            Pass(work.LoadBalancer(), lb => lb.Api, (api, done) => Answer(work, api, done), outcome =>
            {
                if (outcome == Outcome.Answered)
                {
                    Ask(calls - 1);
                }
                else if (outcome == Outcome.Lost && !isAgain)
                {
                    _timeline.In(PauseBeforeOtherLoadBalancer, () => Ask(calls, isAgain: true));
                }
                else
                {
                    end(Outcome.Refused);
                }
            });
        }
    }

    private void Answer(Work work, Server server, Action<Outcome> end) => AfterHops(() => server.Cores.Do(work.Api(), () =>
    {
        var connections = server.Connections;
        connections.Enter(() => AfterHops(() => _database.Do(work.Database(), () =>
        {
            connections.Leave();
            end(Outcome.Answered);
        })));
    }));

    // There and back again.
    private void AfterHops(Action action) => _timeline.In(2 * _setup.Hop / 1000, action);

    private int DrawKind()
    {
        var (draw, kind) = (_random.NextDouble(), 0);
        while (kind < _setup.Mix.Length - 1 && (draw -= _setup.Mix[kind]) >= 0)
        {
            kind++;
        }

        return kind;
    }

    private void PlanFault()
    {
        if (_setup.Fault is not { } fault)
        {
            return;
        }

        if (fault.Tier == "lb")
        {
            _timeline.At(fault.At, _loadBalancers[0].Lose);
            _timeline.At(fault.At + fault.For, () => _loadBalancers[0] = NewLoadBalancer(_loadBalancers[0].Cores));
            return;
        }

        var (server, tier) = fault.Tier == "web" ? (_web[0], (Func<LoadBalancer, Balancer>)(lb => lb.Web)) : (_api[0], lb => lb.Api);
        _timeline.At(fault.At, server.Lose);
        _timeline.At(fault.At + (fault.How == Loss.Hang ? Math.Min(_setup.Detection, fault.For) : 0), () => ForEach(balancer => balancer.TakeOut(0)));
        if (fault.How == Loss.Kill)
        {
            // Refused connections are known at once; the health check only confirms it.
            _timeline.At(fault.At, () => ForEach(balancer => balancer.Break(0)));
        }

        _timeline.At(fault.At + fault.For, () =>
        {
            server.Mend();
            ForEach(balancer => balancer.TakeIn(0));
        });

        void ForEach(Action<Balancer> action)
        {
            foreach (var balancer in _loadBalancers.Select(tier))
            {
                action(balancer);
            }
        }
    }
}
