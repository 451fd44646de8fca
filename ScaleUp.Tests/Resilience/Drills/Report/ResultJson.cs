using System.Text.Json;
using System.Text.Json.Serialization;
using ScaleUp.Tests.Drills.Load;

namespace ScaleUp.Tests.Drills.Report;

/// <summary>Formats a result as JSON. All times are in milliseconds since the start of the load.</summary>
internal static class ResultJson
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new Milliseconds() },
    };

    public static string Render(DrillResult result, string machine) => JsonSerializer.Serialize(
        new
        {
            result.Name,
            result.Title,
            Machine = machine,
            result.Verdict,
            result.PerSecond,
            result.Pace,
            Requests = result.Samples.Count,
            FailedReads = result.FailedReads.Count(),
            FailedWrites = result.FailedWrites.Count(),
            Unavailable = result.Samples.Count(sample => sample.Answer.Outcome == Outcome.Unavailable),
            Copies = result.Samples.Count(sample => sample.Answer.Outcome == Outcome.Copy),
            result.SentAgain,
            result.Ledger,
            result.LongestWithoutGood,
            result.Before,
            result.During,
            result.After,
            result.Recovery,
            result.Normal,
            result.Start,
            result.End,
            result.Incidents,
            result.Checks,
            result.Footprints,
            // A long run may have many failures; those other than 503 are the most informative.
            Failures = result.Samples.Where(sample => !sample.IsGood).OrderBy(sample => sample.Answer.Outcome == Outcome.Unavailable)
                .ThenBy(sample => sample.Scheduled).Take(1000),
            Seconds = TimeSlice.Of(result, TimeSpan.FromSeconds(1)),
        }, s_json);

    private sealed class Milliseconds : JsonConverter<TimeSpan>
    {
        public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            TimeSpan.FromMilliseconds(reader.GetDouble());

        public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
            writer.WriteNumberValue(Math.Round(value.TotalMilliseconds, 1));
    }
}
