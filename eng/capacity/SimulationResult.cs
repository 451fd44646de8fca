using System.Globalization;

namespace ScaleUp.Capacity;

/// <summary>The requests that came in a stretch of time.</summary>
/// <param name="Name">The stretch.</param>
/// <param name="Requests">Those that came in it and were answered, or refused.</param>
/// <param name="Failed">Those that were refused or lost.</param>
/// <param name="Late">Those that were answered after more than the bound.</param>
/// <param name="P50">Milliseconds for half of the answers; NaN if there is none.</param>
/// <param name="P99">For 99 of 100.</param>
/// <param name="P999">For 999 of 1000.</param>
internal sealed record Stretch(string Name, int Requests, int Failed, int Late, double P50, double P99, double P999);

/// <summary>What a simulation has shown.</summary>
internal sealed class SimulationResult(Setup setup)
{
    // The beginning, in which an empty website fills itself, does not count.
    private readonly double _start = setup.Seconds / 10;
    private readonly List<(double Came, double Seconds, bool IsAnswered)> _ended = [];
    private int _inside;
    private double _changed;
    private double _area;

    /// <summary>The share of its cores' time for which each tier was busy, from the beginning to the end.</summary>
    public PerTier Busy { get; set; } = new(0, 0, 0, 0);

    /// <summary>Requests that browsers sent again because their load balancer was lost.</summary>
    public int SentAgain { get; private set; }

    /// <summary>Requests inside, on the average over all time.</summary>
    public double MeanInside => _area / setup.Seconds;

    /// <summary>Seconds from the arrival to the end of a request, on the average.</summary>
    public double MeanSeconds => _ended.Average(request => request.Seconds);

    public int Count => _ended.Count;

    /// <summary>All who came after the beginning.</summary>
    public Stretch All => Of("all", _start, setup.Seconds);

    /// <summary>Before, during and after the fault; without one, all.</summary>
    public IReadOnlyList<Stretch> Stretches => setup.Fault is not { } fault ? [All]
        : [Of("before", _start, fault.At), Of("during", fault.At, fault.At + fault.For), Of("after", fault.At + fault.For, setup.Seconds)];

    public void NoteArrival(double now) => Count1(now, 1);

    public void NoteSentAgain() => SentAgain++;

    public void NoteEnd(double came, double now, bool isAnswered)
    {
        Count1(now, -1);
        _ended.Add((came, now - came, isAnswered));
    }

    /// <summary>The result in words.</summary>
    public void Write(TextWriter output)
    {
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{setup.Servers.LoadBalancers} load balancers, {setup.Servers.Web} web servers, {setup.Servers.Api} application servers, {setup.Servers.DatabaseCores} cores for the database"));
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"busy: load balancers {Busy.LoadBalancer:0%}, web {Busy.Web:0%}, API {Busy.Api:0%}, database {Busy.Database:0%}; {MeanInside:0.0} requests inside at a time; {SentAgain} sent again by browsers"));
        output.WriteLine();
        Table.Write(output, ["", "requests", "failed", $"later than {setup.Bound.ToString(CultureInfo.InvariantCulture)} ms", "p50 ms", "p99 ms", "p99.9 ms"],
            Stretches.Select(s => (string[])[s.Name, Table.Number(s.Requests, 0), Table.Number(s.Failed, 0), Table.Number(s.Late, 0), Table.Number(s.P50, 1), Table.Number(s.P99, 1), Table.Number(s.P999, 1)]));
    }

    private void Count1(double now, int change)
    {
        if (now <= setup.Seconds)
        {
            _area += _inside * (now - _changed);
            _changed = now;
        }

        _inside += change;
    }

    private Stretch Of(string name, double from, double to)
    {
        var requests = _ended.Where(request => request.Came >= from && request.Came < to).ToArray();
        double[] milliseconds = [.. requests.Where(request => request.IsAnswered).Select(request => request.Seconds * 1000).Order()];
        return new(name, requests.Length, requests.Length - milliseconds.Length, milliseconds.Count(ms => ms > setup.Bound), Rank(500), Rank(990), Rank(999));

        double Rank(long perMille) => milliseconds.Length == 0 ? double.NaN : NearestRank.Of(milliseconds, perMille);
    }
}
