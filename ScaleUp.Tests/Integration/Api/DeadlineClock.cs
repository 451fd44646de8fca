using Microsoft.Extensions.Time.Testing;
using ScaleUp.Api.Data;

namespace ScaleUp.Tests.Api;

/// <summary>The clock of an application server: it stands still, and counts the requests that wait for the database.</summary>
internal sealed class DeadlineClock() : FakeTimeProvider(DateTimeOffset.UtcNow)
{
    private int _entered;

    /// <summary>How long a request may take.</summary>
    public static TimeSpan Deadline => new DatabaseOptions().Deadline;

    /// <summary>How many requests were allowed to ask the database.</summary>
    public int Entered => Volatile.Read(ref _entered);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = base.CreateTimer(callback, state, dueTime, period);
        Interlocked.Add(ref _entered, dueTime == Deadline ? 1 : 0);
        return timer;
    }
}
