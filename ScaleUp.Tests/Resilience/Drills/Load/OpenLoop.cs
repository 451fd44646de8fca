using System.Collections.Concurrent;

namespace ScaleUp.Tests.Drills.Load;

/// <summary>
/// Requests that come by the clock, whatever became of those before: real visitors do not wait for each other. Each is measured
/// from the time at which it was due, so that a stall counts for everybody who would have come in it (Gil Tene's "coordinated
/// omission" cannot happen).
/// </summary>
internal sealed class OpenLoop : IAsyncDisposable
{
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(2);

    private readonly int _perSecond;
    private readonly Func<long, Task<Answer>> _send;
    private readonly TimeProvider _clock;
    private readonly long _start;
    private readonly ConcurrentQueue<Sample> _samples = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _allAnswered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _arrivals;
    private long _open = 1;

    /// <summary>Begins at once.</summary>
    /// <param name="perSecond">Requests in a second.</param>
    /// <param name="send">Sends the request of this number, from 0; an answer in any case, no exception.</param>
    /// <param name="clock">By which requests are due; null for the system's.</param>
    public OpenLoop(int perSecond, Func<long, Task<Answer>> send, TimeProvider? clock = null)
    {
        (_perSecond, _send, _clock) = (perSecond, send, clock ?? TimeProvider.System);
        _start = _clock.GetTimestamp();
        // A thread of its own: the pool's threads may all be busy when a request is due.
        _arrivals = Task.Factory.StartNew(Arrive, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Load that nobody looks at: servers warm up by it.</summary>
    /// <param name="perSecond">Requests in a second.</param>
    /// <param name="send">Sends the request of this number, from 0; an answer in any case, no exception.</param>
    /// <param name="length">For how long requests come. Their answers are waited for.</param>
    /// <param name="cancellationToken">Ends it before.</param>
    public static async Task RunAsync(int perSecond, Func<long, Task<Answer>> send, TimeSpan length, CancellationToken cancellationToken)
    {
        await using var load = new OpenLoop(perSecond, send);
        await Task.Delay(length, cancellationToken);
    }

    /// <summary>The time since the beginning of the load.</summary>
    public TimeSpan Now => _clock.GetElapsedTime(_start);

    /// <summary>What has ended until now, in the order in which it ended.</summary>
    public IReadOnlyCollection<Sample> Samples => _samples;

    /// <summary>Lets no more requests come and waits for the answers.</summary>
    /// <returns>All requests.</returns>
    public async Task<IReadOnlyList<Sample>> EndAsync()
    {
        if (!_stop.IsCancellationRequested)
        {
            await _stop.CancelAsync();
            await _arrivals;
            Close();
        }

        await _allAnswered.Task;
        return [.. _samples];
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        _stop.Dispose();
    }

    private void Arrive()
    {
        var sent = 0L;
        while (!_stop.IsCancellationRequested)
        {
            for (var due = (long)(Now.TotalSeconds * _perSecond); sent <= due; sent++)
            {
                var (number, scheduled) = (sent, TimeSpan.FromSeconds((double)sent / _perSecond));
                Interlocked.Increment(ref _open);
                _ = Task.Run(() => RequestAsync(number, scheduled));
            }

            _stop.Token.WaitHandle.WaitOne(s_tick);
        }
    }

    private async Task RequestAsync(long number, TimeSpan scheduled)
    {
        var sent = Now;
        try
        {
            _samples.Enqueue(new Sample(await _send(number), scheduled, sent, Now));
        }
        catch (Exception exception)
        {
            // A fault of the drill itself; nothing may be taken for a success by being absent.
            _samples.Enqueue(new Sample(new Answer(RequestKind.Read, "", Outcome.Failed, 0, $"The drill itself failed: {exception}"), scheduled, sent, Now));
        }
        finally
        {
            Close();
        }
    }

    private void Close()
    {
        if (Interlocked.Decrement(ref _open) == 0)
        {
            _allAnswered.TrySetResult();
        }
    }
}
