namespace ScaleUp.Api.Data;

internal static class Clock
{
    /// <summary>The current time in whole microseconds, PostgreSQL's precision, so that storing it does not change it.</summary>
    public static DateTimeOffset Now(this TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMicrosecond));
    }
}
