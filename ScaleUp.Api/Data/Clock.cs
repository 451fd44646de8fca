namespace ScaleUp.Api.Data;

internal static class Clock
{
    /// <summary>The time as the database keeps it, in whole microseconds: an answer has the same time before and after it was stored.</summary>
    public static DateTimeOffset Now(this TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
