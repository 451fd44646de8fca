using Microsoft.Extensions.Time.Testing;

namespace ScaleUp.Tests.ServiceDefaults;

/// <summary>
/// A clock that stands still until a test advances it. Only timers of some lengths go by it: Polly takes the same clock, and its retries
/// and timeouts go on by the system's.
/// </summary>
/// <param name="held">The lengths of the timers that go by this clock.</param>
internal sealed class HeldClock(params TimeSpan[] held) : FakeTimeProvider(DateTimeOffset.UtcNow)
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        held.Contains(dueTime) ? base.CreateTimer(callback, state, dueTime, period) : System.CreateTimer(callback, state, dueTime, period);
}
