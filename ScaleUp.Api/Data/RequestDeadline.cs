namespace ScaleUp.Api.Data;

/// <summary>
/// The time limit of a request for its database work. It is suspended during other slow work (<see cref="Suspend"/>), which has its own
/// time limit.
/// </summary>
internal sealed class RequestDeadline : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<bool> _expired = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _clock;
    private TimeSpan _remaining;
    private long _startedAt;
    private ITimer _timer;

    /// <summary>Starts the timer.</summary>
    public RequestDeadline(TimeProvider clock, TimeSpan limit)
    {
        (_clock, _remaining) = (clock, limit);
        _timer = Start(limit, isSuspended: false);
    }

    /// <summary>Completes when a time limit expires: true for the limit of a suspension, false for the request's own.</summary>
    public Task<bool> Over => _expired.Task;

    /// <summary>Suspends the time limit until the result is disposed. Suspensions must not overlap.</summary>
    /// <param name="limit">The maximum duration of the suspension.</param>
    public IDisposable Suspend(TimeSpan limit)
    {
        lock (_lock)
        {
            _timer.Dispose();
            _remaining -= _clock.GetElapsedTime(_startedAt);
            _timer = Start(limit, isSuspended: true);
        }

        return new Suspension(this);
    }

    public void Dispose() => _timer.Dispose();

    // A timer may still fire while it is being disposed; this is correct, because its limit has expired.
    private ITimer Start(TimeSpan limit, bool isSuspended)
    {
        _startedAt = _clock.GetTimestamp();
        var dueTime = limit > TimeSpan.Zero ? limit : TimeSpan.Zero;
        return _clock.CreateTimer(_ => _expired.TrySetResult(isSuspended), null, dueTime, Timeout.InfiniteTimeSpan);
    }

    private sealed class Suspension(RequestDeadline deadline) : IDisposable
    {
        public void Dispose()
        {
            lock (deadline._lock)
            {
                deadline._timer.Dispose();
                deadline._timer = deadline.Start(deadline._remaining, isSuspended: false);
            }
        }
    }
}
