namespace ScaleUp.Capacity;

/// <summary>
/// How much work a request of a kind is, drawn anew for each of its parts: log-normal, with the mean that was measured. How much it
/// varies is taken from the percentiles of the answers' times, which have waiting in them too, and so say rather too much.
/// </summary>
internal sealed class Work
{
    // The standard normal distribution's value for 99 of 100.
    private const double Normal99 = 2.3263;

    private readonly RequestCost _cost;
    private readonly Random _random;
    private readonly double _sigma;

    /// <param name="cost">The measured cost.</param>
    /// <param name="variation">Standard deviation divided by mean; null for what the percentiles say.</param>
    /// <param name="random">Draws.</param>
    public Work(RequestCost cost, double? variation, Random random)
    {
        (_cost, _random) = (cost, random);
        _sigma = variation is { } given ? Math.Sqrt(Math.Log(1 + (given * given))) : Math.Log(cost.P99 / cost.P50) / Normal99;
    }

    /// <summary>Seconds for one passage through a load balancer.</summary>
    public double LoadBalancer() => Draw(_cost.Cpu.LoadBalancer / (1 + _cost.ApiCalls));

    /// <summary>Seconds for the web server.</summary>
    public double Web() => Draw(_cost.Cpu.Web);

    /// <summary>Seconds for an application server, for one of the calls.</summary>
    public double Api() => Draw(_cost.Cpu.Api / _cost.ApiCalls);

    /// <summary>Seconds for the database, for one of the calls.</summary>
    public double Database() => Draw(_cost.Cpu.Database / _cost.ApiCalls);

    /// <summary>A whole number of calls, with the measured mean.</summary>
    public int ApiCalls() => (int)Math.Floor(_cost.ApiCalls + _random.NextDouble());

    private double Draw(double milliseconds)
    {
        if (_sigma == 0)
        {
            return milliseconds / 1000;
        }

        // Box and Muller's transform.
        var normal = Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
        return milliseconds / 1000 * Math.Exp((_sigma * normal) - (_sigma * _sigma / 2));
    }
}
