using System.Diagnostics;
using System.Globalization;
using ScaleUp.Tests.Drills.Faults;
using ScaleUp.Tests.Drills.Load;

namespace ScaleUp.Tests.Drills.Measuring;

public sealed class MeasuringTests
{
    private static readonly DateTimeOffset s_time = DateTimeOffset.UnixEpoch;

    [Fact]
    public void The_processor_time_of_ended_child_processes_is_counted()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processor time is read from /proc, which only Linux has.");
        using var self = Process.GetCurrentProcess();
        var before = FootprintReader.CpuTimeOf([self]);

        TimeSpan said;
        string[] arguments = ["-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done; times"];
        using (var child = Process.Start(new ProcessStartInfo("sh", arguments) { RedirectStandardOutput = true })!)
        {
            // "0m0.250000s 0m0.010000s", the shell's own user and system time:
            // https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html#times
            said = child.StandardOutput.ReadToEnd().Split('\n')[0].Split(' ').Select(ReadMinutes)
                .Aggregate(TimeSpan.Zero, (sum, time) => sum + time);
            child.WaitForExit();
        }

        // The compared times have a resolution of 10 ms.
        var used = FootprintReader.CpuTimeOf([self]) - before;
        Assert.True(said > TimeSpan.Zero && used >= said - TimeSpan.FromMilliseconds(50),
            $"{used.TotalMilliseconds} ms, and the child alone {said.TotalMilliseconds} ms");
    }

    [Fact]
    public void The_cost_of_a_request_is_the_average_processor_time_without_idle_time()
    {
        var earlier = new CostReading(s_time, Cpu(100, 100, 100, 100), 1000, 500, 10_000, 20_000, 30_000, 0);
        // In 10 s, 1000 requests: web servers used 600 + 400 ms, of which 10 ms a second would have been used anyway.
        var later = new CostReading(s_time.AddSeconds(10), Cpu(200, 700, 500, 100), 2000, 2500, 110_000, 220_000, 430_000, 5000);

        var cost = later.Since(earlier, "uncached", new PerTier(0, 10, 0, 5), Percentiles.Of([TimeSpan.FromMilliseconds(5)])!);

        // The database used less than its idle time, so its cost is zero and not negative.
        Assert.Equal(new PerTier(0.1, 0.9, 0, 0), cost.Cpu);
        Assert.Equal((100, 2, 100, 200, 400, 5),
            (cost.PerSecond, cost.ApiCalls, cost.BytesIn, cost.BytesOut, cost.ApiBytes, cost.LogBytes));
        Assert.Equal((5, 5), (cost.P50, cost.P99));
    }

    [Theory]
    [InlineData("SCALEUP_MEASURE_RATE", "9", "SCALEUP_MEASURE_RATE is '9'; it must be a whole number from 10 to 1000.")]
    [InlineData("SCALEUP_MEASURE_SECONDS", "long", "SCALEUP_MEASURE_SECONDS is 'long'; it must be a whole number from 5 to 600.")]
    public void An_invalid_setting_is_refused_with_an_error_that_names_the_valid_range(string name, string value, string sentence)
    {
        var error = Assert.Throws<ArgumentException>(() => MeasurementSettings.Read(variable => variable == name ? value : null));

        Assert.Equal(sentence, error.Message);
    }

    private static TimeSpan ReadMinutes(string text) => text.TrimEnd('s').Split('m') is [var minutes, var seconds]
        ? TimeSpan.FromMinutes(int.Parse(minutes, CultureInfo.InvariantCulture)) + TimeSpan.FromSeconds(
            double.Parse(seconds, CultureInfo.InvariantCulture))
        : throw new FormatException($"'{text}' is not a time as written by the shell.");

    private static Dictionary<string, TimeSpan> Cpu(double loadBalancer, double first, double second, double database) => new()
    {
        ["lb-1"] = TimeSpan.FromMilliseconds(loadBalancer),
        ["web-1"] = TimeSpan.FromMilliseconds(first),
        ["web-2"] = TimeSpan.FromMilliseconds(second),
        ["postgres"] = TimeSpan.FromMilliseconds(database),
    };
}
