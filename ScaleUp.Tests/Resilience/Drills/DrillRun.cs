using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.Drills.Load;
using ScaleUp.Tests.Drills.Report;
using ScaleUp.Tests.Drills.Writes;

namespace ScaleUp.Tests.Drills;

/// <summary>Runs drills on a topology and reports their results.</summary>
/// <param name="topology">The topology to inject faults into.</param>
/// <param name="times">The rate and the durations of the load.</param>
/// <param name="report">Receives the results.</param>
/// <param name="seed">Determines the sequence of requests and, in a long run, of faults.</param>
/// <param name="log">Receives progress messages.</param>
internal sealed class DrillRun(DrillFixture topology, DrillTimes times, DrillReport report, int seed, Action<string> log)
{
    // With at least one visitor per request of a second, requests to a slow system wait in the system, as those of real visitors do,
    // and not for one of the connections of a few browsers.
    private const int MinVisitors = 40;

    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_faultLength = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_measureInterval = TimeSpan.FromMinutes(1);

    /// <summary>Runs a drill.</summary>
    public Task<DrillResult> RunAsync(Drill drill, CancellationToken cancellationToken) => RunAsync(drill.Name, drill.Title, async load =>
    {
        await Task.Delay(times.Before, cancellationToken);
        log($"{drill.Name}: {drill.Title}");
        var incidents = await new Incidents(topology, load).CauseAsync(drill, times.Fault, cancellationToken);
        await Task.Delay(times.After, cancellationToken);
        return (incidents, []);
    }, result => Limits.For(drill, result, times), cancellationToken);

    /// <summary>Runs for a long time with a fault every 20 s, each repaired after 5 s.</summary>
    public Task<DrillResult> RunLongAsync(TimeSpan length, CancellationToken cancellationToken) =>
        RunAsync("long", LongTitle(length), async load =>
    {
        var incidents = new List<Incident>();
        // The first measurement comes after a minute, when heap sizes have adapted to the load.
        var footprints = new List<Footprint>();
        var (begin, measured) = (load.Now, load.Now);
        foreach (var (at, fault) in FaultPlan.Make(seed, length, s_interval))
        {
            // A fault that lasts longer than the interval delays the next one.
            await WaitUntilAsync(begin + at);
            log($"{at:hh\\:mm\\:ss} {fault}");
            incidents.Add(await new Incidents(topology, load).CauseAsync([fault], s_faultLength, cancellationToken));
            if (incidents[^1].FullStrength is null)
            {
                // Without full strength, the next fault would give no new information.
                return (incidents, footprints);
            }

            if (load.Now - measured > s_measureInterval)
            {
                measured = load.Now;
                footprints.AddRange(await topology.MeasureAsync(load.Now, cancellationToken));
            }
        }

        await WaitUntilAsync(begin + length);
        return (incidents, [.. footprints, .. await topology.MeasureAsync(load.Now, cancellationToken)]);

        Task WaitUntilAsync(TimeSpan time) => time > load.Now ? Task.Delay(time - load.Now, cancellationToken) : Task.CompletedTask;
    }, Limits.ForLongRun, cancellationToken);

    private string LongTitle(TimeSpan length) =>
        $"{length.TotalMinutes:0} minutes, a fault every {s_interval.TotalSeconds:0} s (seed {seed})";

    private async Task<DrillResult> RunAsync(
        string name, string title, Func<OpenLoop, Task<(IReadOnlyList<Incident> Incidents, IReadOnlyList<Footprint> Footprints)>> course,
        Func<DrillResult, IReadOnlyList<Check>> limits, CancellationToken cancellationToken)
    {
        await topology.RestoreAsync();
        Assert.True(await topology.WaitForFullStrengthAsync(cancellationToken),
            $"Before the drill, not all servers are in use: {string.Join(", ", await topology.MissingAsync(cancellationToken))}");
        var marker = Marker.NewRun();
        var ledgerFile = report.LedgerOf(name);
        DrillResult result;
        using (var ledger = new Ledger(ledgerFile))
        {
            using var audience = await Audience.GatherAsync(
                topology.Website, ledger, marker, seed, Math.Max(times.PerSecond, MinVisitors), topology.WebServers, cancellationToken);
            // Ramp up with a quarter of the rate: freshly started servers under full load are busy compiling and take long to recover
            // (seen on 2 cores: 25 s after the start, half of the responses still took a second).
            await OpenLoop.RunAsync(Math.Max(times.PerSecond / 4, 1), audience.NextAsync, times.WarmUp, cancellationToken);
            await using var load = new OpenLoop(times.PerSecond, audience.NextAsync);
            await Task.Delay(times.WarmUp, cancellationToken);
            var start = load.Now;
            var (incidents, footprints) = await course(load);
            var end = load.Now;
            // All requests have completed, so their writes are stored now or never.
            IReadOnlyList<Sample> samples = [
                .. (await load.EndAsync()).Where(sample => sample.Scheduled >= start && sample.Scheduled < end)];
            var there = await topology.Database.CountAsync(marker, cancellationToken);
            result = new(name, title, times.PerSecond, start, end, Pace.Of(samples, times.PerSecond, end - start), incidents, samples,
                audience.SentAgain,
                LedgerComparison.Of(Ledger.Read(ledgerFile), there))
            {
                Footprints = footprints,
            };
        }

        result = result with { Checks = limits(result) };
        await report.AddAsync(result, topology.DescribeAllAsync);
        log(ResultTable.Explain(result));
        return result;
    }
}
