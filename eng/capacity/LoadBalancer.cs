namespace ScaleUp.Capacity;

/// <summary>A load balancer: each request costs it some work on its way in, and then waits for a server.</summary>
/// <param name="cores">What it works with.</param>
/// <param name="web">The web servers as it sees them.</param>
/// <param name="api">The application servers as it sees them.</param>
internal sealed class LoadBalancer(Cores cores, Balancer web, Balancer api)
{
    private readonly LinkedList<Action<Outcome>> _open = [];

    public Cores Cores => cores;

    public Balancer Web => web;

    public Balancer Api => api;

    /// <summary>Whether it takes connections.</summary>
    public bool IsThere { get; private set; } = true;

    /// <summary>Passes work to a tier.</summary>
    /// <param name="seconds">What that costs the load balancer.</param>
    /// <param name="tier">One of its own.</param>
    /// <param name="work">What a server does.</param>
    /// <param name="end">Takes how it ended.</param>
    public void Pass(double seconds, Balancer tier, Action<Server, Action<Outcome>> work, Action<Outcome> end)
    {
        var pass = _open.AddLast(end);
        cores.Do(seconds, () =>
        {
            if (pass.List is not null)
            {
                tier.Send(new Job(work, End));
            }
        });

        void End(Outcome outcome)
        {
            if (pass.List is not null)
            {
                _open.Remove(pass);
                end(outcome);
            }
        }
    }

    /// <summary>It is gone, and with it the connections of all who waited.</summary>
    public void Lose()
    {
        IsThere = false;
        Action<Outcome>[] open = [.. _open];
        _open.Clear();
        foreach (var end in open)
        {
            end(Outcome.Lost);
        }
    }
}
