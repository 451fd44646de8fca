using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.Drills.Load;
using ScaleUp.Tests.Drills.Visitors;
using ScaleUp.Tests.Drills.Writes;

namespace ScaleUp.Tests.Drills.Measuring;

/// <summary>
/// Measures the processor time that each server uses per request, for one kind of request after the other at a constant rate, started by
/// <c>eng/measure.sh</c>. Unlike elapsed time, processor time hardly depends on other load of the machine.
/// </summary>
[Collection(nameof(DrillFixture))]
[Trait("Category", "Drill")]
public sealed partial class CostMeasurement(DrillFixture topology, ITestOutputHelper output)
{
    private const int Visitors = 40;

    // After startup, tiered compilation recompiles hot code in the background, often after the load has ended: measured 2 s after 10 s of
    // load, idle servers seemed to use more processor time than busy ones.
    private static readonly TimeSpan s_firstWarmUp = TimeSpan.FromSeconds(25);
    private static readonly TimeSpan s_settle = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_warmUp = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan s_rest = TimeSpan.FromSeconds(20);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Explicit = true)]
    public async Task What_a_request_costs_is_measured()
    {
        var settings = MeasurementSettings.Read(Environment.GetEnvironmentVariable);
        await topology.RestoreAsync();
        Assert.True(await topology.WaitForFullStrengthAsync(Cancellation),
            $"Not all servers are in use: {string.Join(", ", await topology.MissingAsync(Cancellation))}");
        await Task.Delay(s_settle, Cancellation);
        using var ledger = new Ledger(Path.Combine(Path.GetTempPath(), $"scaleup-measurement-{Guid.NewGuid():n}.jsonl"));
        using var audience = await Audience.GatherAsync(
            topology.Website, ledger, Marker.NewRun(), settings.Seed, Visitors, topology.WebServers, Cancellation);
        var styleSheet = await FindStyleSheetAsync();
        output.WriteLine("Warm-up with all kinds of requests.");
        await OpenLoop.RunAsync(settings.PerSecond, audience.NextAsync, s_firstWarmUp, Cancellation);
        await Task.Delay(s_settle, Cancellation);

        var measured = new List<Measurement>();
        foreach (var kind in Costs.Kinds)
        {
            measured.Add(await MeasureAsync(kind, audience.Only(kind, styleSheet), settings));
            output.WriteLine($"{kind}, including idle time: {measured[^1].Since(new(0, 0, 0, 0))}");
        }

        await Task.Delay(s_settle, Cancellation);
        var idle = await RestAsync();
        output.WriteLine($"Idle, milliseconds per second: {idle}");
        RequestCost[] requests = [.. measured.Select(measurement => measurement.Since(idle))];

        var memory = await topology.MeasureAsync(TimeSpan.Zero, Cancellation);
        var costs = new Costs(Machine(), DateTime.UtcNow.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), PerServer(idle),
            new(Memory("lb-"), Memory("web-"), Memory("api-"), Memory(Fault.Database)), requests);
        await using var file = File.CreateText(settings.File);
        CostTable.Write(file, costs);

        double Memory(string prefix) =>
            Math.Round(memory.Where(footprint => footprint.Name.StartsWith(prefix, StringComparison.Ordinal))
                .Average(footprint => footprint.Megabytes));
    }

    private async Task<Measurement> MeasureAsync(string kind, Func<long, Task<Answer>> send, MeasurementSettings settings)
    {
        await using var load = new OpenLoop(settings.PerSecond, send);
        await Task.Delay(s_warmUp, Cancellation);
        var (start, before) = (load.Now, await CostReading.TakeAsync(topology, Cancellation));
        await Task.Delay(settings.Length, Cancellation);
        var (end, after) = (load.Now, await CostReading.TakeAsync(topology, Cancellation));
        Sample[] samples = [.. (await load.EndAsync()).Where(sample => sample.Scheduled >= start && sample.Scheduled < end)];

        var wrong = samples.Where(sample => sample.Answer.Outcome != Outcome.Good).ToArray();
        Assert.True(wrong.Length == 0,
            $"{wrong.Length} of {samples.Length} requests ({kind}) failed, so their cost is meaningless: " +
            $"{string.Join('\n', wrong.Take(5).AsEnumerable())}");
        var pace = Pace.Of(samples, settings.PerSecond, end - start);
        Assert.True(pace.IsKept, $"This machine was too busy to sustain the load ({kind}): {pace}");
        return new(kind, before, after, Percentiles.Of(samples.Select(sample => sample.Latency))!);
    }

    private async Task<PerTier> RestAsync()
    {
        var before = await CostReading.TakeAsync(topology, Cancellation);
        await Task.Delay(s_rest, Cancellation);
        var after = await CostReading.TakeAsync(topology, Cancellation);
        return Divide(after.CpuSince(before), (after.Time - before.Time).TotalSeconds);
    }

    private PerTier PerServer(PerTier tiers) => new(
        Math.Round(tiers.LoadBalancer / Count("lb-"), 1), Math.Round(tiers.Web / Count("web-"), 1),
        Math.Round(tiers.Api / Count("api-"), 1), Math.Round(tiers.Database, 1));

    private int Count(string prefix) => topology.Servers.Count(server => server.StartsWith(prefix, StringComparison.Ordinal));

    private async Task<string> FindStyleSheetAsync()
    {
        using var visitor = BrowserClient.Open(topology.Website, ipv6First: false);
        return StyleSheet().Match((await visitor.GetAsync("/", Cancellation)).Text) is { Success: true } match ? match.Groups[1].Value
            : throw new InvalidOperationException("The front page has no style sheet.");
    }

    private sealed record Measurement(string Kind, CostReading Before, CostReading After, Percentiles Answers)
    {
        public RequestCost Since(PerTier idle) => After.Since(Before, Kind, idle, Answers);
    }

    private static PerTier Divide(PerTier sums, double by) => new(sums.LoadBalancer / by, sums.Web / by, sums.Api / by, sums.Database / by);

    private static string Machine() =>
        $"{DrillReport.Machine}, {RuntimeInformation.FrameworkDescription}, " +
        $"{File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(": ")[1] ?? RuntimeInformation.ProcessArchitecture.ToString()}; " +
        "shared by all tiers and the load generator";

    [GeneratedRegex("rel=\"stylesheet\" href=\"([^\"]+)\"")]
    private static partial Regex StyleSheet();
}
