namespace ScaleUp.Tests.Drills.Measuring;

/// <summary>The settings of <c>eng/measure.sh</c>, from environment variables.</summary>
/// <param name="PerSecond"><c>SCALEUP_MEASURE_RATE</c>: requests per second, 10 to 1,000; default 100.</param>
/// <param name="Length"><c>SCALEUP_MEASURE_SECONDS</c>: seconds to measure each kind of request, 5 to 600; default 25.</param>
/// <param name="Seed"><c>SCALEUP_MEASURE_SEED</c>: any whole number from 0; default 1.</param>
/// <param name="File"><c>SCALEUP_MEASURE_FILE</c>: the file of the results; default <c>artifacts/costs.md</c>.</param>
internal sealed record MeasurementSettings(int PerSecond, TimeSpan Length, int Seed, string File)
{
    /// <exception cref="ArgumentException">A value is invalid; the message names the valid range.</exception>
    public static MeasurementSettings Read(Func<string, string?> variable) => new(
        DrillSettings.Number(variable, "SCALEUP_MEASURE_RATE", 100, 10, 1000),
        TimeSpan.FromSeconds(DrillSettings.Number(variable, "SCALEUP_MEASURE_SECONDS", 25, 5, 600)),
        DrillSettings.Number(variable, "SCALEUP_MEASURE_SEED", 1, 0, int.MaxValue),
        variable("SCALEUP_MEASURE_FILE") is { Length: > 0 } file ? file : Path.Combine(DrillSettings.Root(), "artifacts", "costs.md"));
}
