using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.Drills.Load;
using ScaleUp.Tests.Drills.Report;
using ScaleUp.Tests.Drills.Writes;

namespace ScaleUp.Tests.Drills;

/// <summary>Runs drills on a topology and reports them.</summary>
/// <param name="topology">What is broken.</param>
/// <param name="times">How much load for how long.</param>
/// <param name="report">Where the results go.</param>
/// <param name="seed">The same seed is the same sequence of requests and, in a long run, of accidents.</param>
/// <param name="say">Takes a line for whoever watches.</param>
internal sealed class DrillRun(DrillFixture topology, DrillTimes times, DrillReport report, int seed, Action<string> say)
{
    // With a visitor for each request of a second, nobody has more than one request under way, but when the system is slow: what waits
    // then waits where real visitors' requests would, and not in line for one of the connections of a few browsers.
    private const int MinVisitors = 40;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_accident = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_look = TimeSpan.FromMinutes(1);

    /// <summary>Runs a drill.</summary>
    public Task<DrillResult> RunAsync(Drill drill, CancellationToken cancellationToken) => RunAsync(drill.Name, drill.Title, async load =>
    {
        await Task.Delay(times.Before, cancellationToken);
        say($"{drill.Name}: {drill.Title}");
        var incidents = await new Incidents(topology, load).CauseAsync(drill, times.Fault, cancellationToken);
        await Task.Delay(times.After, cancellationToken);
        return (incidents, []);
    }, result => Limits.For(drill, result, times), cancellationToken);

    /// <summary>Runs for a long time with an accident every 20 s, each mended after 5 s.</summary>
    public Task<DrillResult> RunLongAsync(TimeSpan length, CancellationToken cancellationToken) => RunAsync("long", LongTitle(length), async load =>
    {
        var incidents = new List<Incident>();
        // The first look comes after a minute, when the servers' heaps have the size that this load gives them.
        var footprints = new List<Footprint>();
        var (begin, looked) = (load.Now, load.Now);
        foreach (var (at, fault) in FaultPlan.Make(seed, length, s_interval))
        {
            // An accident that takes longer than the time until the next one lets the next one wait.
            await WaitUntilAsync(begin + at);
            say($"{at:hh\\:mm\\:ss} {fault}");
            incidents.Add(await new Incidents(topology, load).CauseAsync([fault], s_accident, cancellationToken));
            if (incidents[^1].FullStrength is null)
            {
                // The next accident would show nothing but what this one has shown.
                return (incidents, footprints);
            }

            if (load.Now - looked > s_look)
            {
                looked = load.Now;
                footprints.AddRange(await topology.MeasureAsync(load.Now, cancellationToken));
            }
        }

        await WaitUntilAsync(begin + length);
        return (incidents, [.. footprints, .. await topology.MeasureAsync(load.Now, cancellationToken)]);

        Task WaitUntilAsync(TimeSpan time) => time > load.Now ? Task.Delay(time - load.Now, cancellationToken) : Task.CompletedTask;
    }, Limits.ForLongRun, cancellationToken);

    private string LongTitle(TimeSpan length) => $"{length.TotalMinutes:0} minutes, an accident every {s_interval.TotalSeconds:0} s (seed {seed})";

    private async Task<DrillResult> RunAsync(
        string name, string title, Func<OpenLoop, Task<(IReadOnlyList<Incident> Incidents, IReadOnlyList<Footprint> Footprints)>> course,
        Func<DrillResult, IReadOnlyList<Check>> limits, CancellationToken cancellationToken)
    {
        await topology.RestoreAsync();
        Assert.True(await topology.WaitForFullStrengthAsync(cancellationToken), $"Before the drill not all servers are in use: {string.Join(", ", await topology.MissingAsync(cancellationToken))}");
        var marker = Marker.NewRun();
        var ledgerFile = report.LedgerOf(name);
        DrillResult result;
        using (var ledger = new Ledger(ledgerFile))
        {
            using var audience = await Audience.GatherAsync(topology.Website, ledger, marker, seed, Math.Max(times.PerSecond, MinVisitors), topology.WebServers, cancellationToken);
            // Visitors do not come all at once either: servers that were just started and get the whole load are busy with compiling, and
            // it takes them long to come out of it (seen on 2 cores: 25 s after the start half of the answers still took a second).
            await OpenLoop.RunAsync(Math.Max(times.PerSecond / 4, 1), audience.NextAsync, times.WarmUp, cancellationToken);
            await using var load = new OpenLoop(times.PerSecond, audience.NextAsync);
            await Task.Delay(times.WarmUp, cancellationToken);
            var start = load.Now;
            var (incidents, footprints) = await course(load);
            var end = load.Now;
            // The last requests are answered, and what they wrote is stored, or it never will be.
            IReadOnlyList<Sample> samples = [.. (await load.EndAsync()).Where(sample => sample.Scheduled >= start && sample.Scheduled < end)];
            var there = await topology.Database.CountAsync(marker, cancellationToken);
            result = new(name, title, times.PerSecond, start, end, Pace.Of(samples, times.PerSecond, end - start), incidents, samples, audience.SentAgain,
                LedgerComparison.Of(Ledger.Read(ledgerFile), there))
            {
                Footprints = footprints,
            };
        }

        result = result with { Checks = limits(result) };
        await report.AddAsync(result, topology.DescribeAllAsync);
        say(ResultTable.Explain(result));
        return result;
    }
}
