namespace ScaleUp.Tests.Drills.Measuring;

/// <summary>What <c>eng/measure.sh</c> asks for, by environment variables.</summary>
/// <param name="PerSecond"><c>SCALEUP_MEASURE_RATE</c>: requests in a second, 10 to 1,000; 100 if it is not there.</param>
/// <param name="Length"><c>SCALEUP_MEASURE_SECONDS</c>: for how many seconds each kind of request is measured, 5 to 600; 25 if it is not there.</param>
/// <param name="Seed"><c>SCALEUP_MEASURE_SEED</c>: any whole number; 1 if it is not there.</param>
/// <param name="File"><c>SCALEUP_MEASURE_FILE</c>: where the figures go; <c>artifacts/costs.md</c> if it is not there.</param>
internal sealed record MeasurementSettings(int PerSecond, TimeSpan Length, int Seed, string File)
{
    /// <exception cref="ArgumentException">A value is not one; the message says what it must be.</exception>
    public static MeasurementSettings Read(Func<string, string?> variable) => new(
        DrillSettings.Number(variable, "SCALEUP_MEASURE_RATE", 100, 10, 1000),
        TimeSpan.FromSeconds(DrillSettings.Number(variable, "SCALEUP_MEASURE_SECONDS", 25, 5, 600)),
        DrillSettings.Number(variable, "SCALEUP_MEASURE_SEED", 1, 0, int.MaxValue),
        variable("SCALEUP_MEASURE_FILE") is { Length: > 0 } file ? file : Path.Combine(DrillSettings.Root(), "artifacts", "costs.md"));
}
