namespace ScaleUp.Api.Data;

/// <summary>
/// The time that a request has to wait for the database. It stands still while the request does something else that takes its time
/// (<see cref="Suspend"/>), which has a limit of its own.
/// </summary>
internal sealed class RequestDeadline : IDisposable
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource<bool> _over = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TimeProvider _clock;
    private TimeSpan _rest;
    private long _since;
    private ITimer _timer;

    /// <summary>Starts the time.</summary>
    public RequestDeadline(TimeProvider clock, TimeSpan limit)
    {
        (_clock, _rest) = (clock, limit);
        _timer = Start(limit, isSuspended: false);
    }

    /// <summary>Ends when the time is over: true if that was the limit of a suspension, false if it was the request's own.</summary>
    public Task<bool> Over => _over.Task;

    /// <summary>Has the time stand still until the result is disposed of. One suspension at a time.</summary>
    /// <param name="limit">How long it may.</param>
    public IDisposable Suspend(TimeSpan limit)
    {
        lock (_lock)
        {
            _timer.Dispose();
            _rest -= _clock.GetElapsedTime(_since);
            _timer = Start(limit, isSuspended: true);
        }

        return new Suspension(this);
    }

    public void Dispose() => _timer.Dispose();

    // What a timer does that was disposed of a moment too late is the same: the time was over.
    private ITimer Start(TimeSpan limit, bool isSuspended)
    {
        _since = _clock.GetTimestamp();
        return _clock.CreateTimer(_ => _over.TrySetResult(isSuspended), null, limit > TimeSpan.Zero ? limit : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    private sealed class Suspension(RequestDeadline deadline) : IDisposable
    {
        public void Dispose()
        {
            lock (deadline._lock)
            {
                deadline._timer.Dispose();
                deadline._timer = deadline.Start(deadline._rest, isSuspended: false);
            }
        }
    }
}
