using System.Collections.Concurrent;

namespace ScaleUp.Tests.Drills.Load;

/// <summary>
/// An open-loop load generator: it sends requests on schedule, regardless of earlier ones, because real visitors do not wait for each
/// other. Latency counts from the time at which a request was due, so a stall affects all requests due during it (this avoids Gil Tene's
/// "coordinated omission").
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

    /// <summary>Starts the load immediately.</summary>
    /// <param name="perSecond">Requests per second.</param>
    /// <param name="send">Sends the request of this number, from 0. It must return an answer and not throw.</param>
    /// <param name="clock">The clock of the schedule; null for the system clock.</param>
    public OpenLoop(int perSecond, Func<long, Task<Answer>> send, TimeProvider? clock = null)
    {
        (_perSecond, _send, _clock) = (perSecond, send, clock ?? TimeProvider.System);
        _start = _clock.GetTimestamp();
        // A dedicated thread, because all pool threads may be busy when a request is due.
        _arrivals = Task.Factory.StartNew(Arrive, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Runs load without recording it, to warm servers up.</summary>
    /// <param name="perSecond">Requests per second.</param>
    /// <param name="send">Sends the request of this number, from 0. It must return an answer and not throw.</param>
    /// <param name="length">The duration of the load. The method also waits for the last responses.</param>
    /// <param name="cancellationToken">Ends the load early.</param>
    public static async Task RunAsync(int perSecond, Func<long, Task<Answer>> send, TimeSpan length, CancellationToken cancellationToken)
    {
        await using var load = new OpenLoop(perSecond, send);
        await Task.Delay(length, cancellationToken);
    }

    /// <summary>The time since the start of the load.</summary>
    public TimeSpan Now => _clock.GetElapsedTime(_start);

    /// <summary>The requests completed so far, in the order of completion.</summary>
    public IReadOnlyCollection<Sample> Samples => _samples;

    /// <summary>Stops sending requests and waits for outstanding responses.</summary>
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
            // A defect of the drill itself counts as a failure; a missing sample could pass for success.
            _samples.Enqueue(new Sample(
                new Answer(RequestKind.Read, "", Outcome.Failed, 0, $"The drill itself failed: {exception}"), scheduled, sent, Now));
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
