using Microsoft.Extensions.Time.Testing;

namespace ScaleUp.Tests.ServiceDefaults;

/// <summary>
/// A clock that stands still until a test advances it. It runs only timers of the given due times; all others, such as the retries and
/// timeouts of Polly, which uses the same <see cref="TimeProvider"/>, run in real time.
/// </summary>
/// <param name="manual">The due times of the timers that run on this clock.</param>
internal sealed class ManualClock(params TimeSpan[] manual) : FakeTimeProvider(DateTimeOffset.UtcNow)
{
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        manual.Contains(dueTime)
            ? base.CreateTimer(callback, state, dueTime, period)
            : System.CreateTimer(callback, state, dueTime, period);
}
