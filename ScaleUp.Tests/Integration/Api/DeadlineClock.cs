using Microsoft.Extensions.Time.Testing;
using ScaleUp.Api.Data;

namespace ScaleUp.Tests.Api;

/// <summary>A clock that advances only on demand and counts the requests that reach the database.</summary>
internal sealed class DeadlineClock() : FakeTimeProvider(DateTimeOffset.UtcNow)
{
    private int _entered;

    /// <summary>The request timeout.</summary>
    public static TimeSpan Deadline => new DatabaseOptions().Deadline;

    /// <summary>The number of requests that were allowed to query the database.</summary>
    public int Entered => Volatile.Read(ref _entered);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Interlocked.Add(ref _entered, dueTime == Deadline ? 1 : 0);
        return timer;
    }
}
