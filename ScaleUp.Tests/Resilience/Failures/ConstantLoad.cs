using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Topology;

namespace ScaleUp.Tests.Failures;

/// <summary>
/// Visitors who read pages at a steady rate, as long as the machine keeps up with it, and slower if not: a request that is refused is a
/// fault of the servers then, and not of the machine. (Drills have a load that does not wait.) Visitors behave as browsers do: connections
/// are kept, and a name with two addresses is tried at both.
/// </summary>
internal sealed class ConstantLoad : IAsyncDisposable
{
    private static readonly Func<string>[] s_paths =
        [FreshPages.FrontPage, () => "/", () => FreshPages.Article("state-has-one-home"), () => "/favicon.svg"];
    private const int WarmUpRequests = 100;

    /// <summary>
    /// Requests in a second. Two slow cores with all tiers on them keep up with it while one server of a tier is away or starting, which
    /// takes it ten seconds of processor time there: with 200 a second, requests waited for more than the 2 s after which they are refused.
    /// </summary>
    private const int PerSecond = 40;

    /// <summary>Requests in flight, at most: as many as one load balancer gives to one server, so that none waits in a queue whichever servers are away.</summary>
    private const int MaxInFlight = 8;

    private readonly HttpClient _http;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _requests = [];
    private readonly ConcurrentQueue<string> _failures = [];
    private readonly Stopwatch _clock = Stopwatch.StartNew();
    private readonly Task _arrivals;
    private long _slowest;
    private int _sent;
    private int _answered;

    private ConstantLoad(Uri website)
    {
        _http = Browser.Open(website);
        _http.Timeout = Eventually.Limit;
        _arrivals = Task.Run(ArriveAsync);
    }

    /// <summary>Starts the load, after a few visitors one by one: servers that were just started compile each page at its first request.</summary>
    public static async Task<ConstantLoad> StartAsync(Uri website)
    {
        using var http = Browser.Open(website);
        for (var i = 0; i < WarmUpRequests; i++)
        {
            using var response = await http.GetAsync(s_paths[i % s_paths.Length]());
        }

        return new ConstantLoad(website);
    }

    /// <summary>The longest time that a visitor has waited for an answer.</summary>
    public TimeSpan Slowest => TimeSpan.FromTicks(Interlocked.Read(in _slowest));

    /// <summary>Goes on until as many more requests have been answered, well or not, as come in so many seconds at the full rate.</summary>
    public async Task ContinueForAsync(double seconds)
    {
        var target = Volatile.Read(ref _answered) + (seconds * PerSecond);
        await Eventually.TrueAsync(() => Volatile.Read(ref _answered) >= target, () => Task.FromResult($"{_answered} of {target} requests were answered."));
    }

    /// <summary>Ends the load and fails the test, with the evidence, if a single request was lost.</summary>
    public async Task AssertNothingLostAsync(Func<Task<string>> evidence)
    {
        await _stop.CancelAsync();
        await _arrivals;
        var elapsed = _clock.Elapsed;
        await Task.WhenAll(_requests);

        if (!_failures.IsEmpty)
        {
            Assert.Fail($"{_failures.Count} of {_sent} requests were lost in {elapsed.TotalSeconds:0.0} s. The first:\n{string.Join('\n', _failures.Take(10))}\n{await evidence()}");
        }

        Assert.Equal(_sent, _answered);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _arrivals;
        await Task.WhenAll(_requests);
        _http.Dispose();
        _stop.Dispose();
    }

    private async Task ArriveAsync()
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1.0 / PerSecond));
        while (!_stop.IsCancellationRequested)
        {
            await timer.WaitForNextTickAsync();
            if (_sent - Volatile.Read(ref _answered) < MaxInFlight)
            {
                _requests.Add(RequestAsync(s_paths[_sent++ % s_paths.Length]()));
            }
        }
    }

    private async Task RequestAsync(string path)
    {
        var sentAt = _clock.Elapsed;
        try
        {
            using var response = await _http.GetAsync(path);
            // A copy of an earlier answer is better than none, but it is none.
            if (response.StatusCode != HttpStatusCode.OK || response.Headers.Contains("X-Stale"))
            {
                var servedBy = response.Headers.TryGetValues("X-Served-By", out var values) ? string.Join(", ", values) : "nobody";
                Fail($"{(int)response.StatusCode}{(response.IsSuccessStatusCode ? " (stale)" : "")} by {servedBy}");
            }
        }
        catch (Exception exception) when (exception is HttpRequestException or OperationCanceledException)
        {
            Fail(exception.Message + " " + exception.InnerException?.Message);
        }
        finally
        {
            Interlocked.Increment(ref _answered);
            lock (_failures)
            {
                _slowest = Math.Max(_slowest, (_clock.Elapsed - sentAt).Ticks);
            }
        }

        void Fail(string what) => _failures.Enqueue($"{sentAt.TotalSeconds:0.000} s, {path}: {what} after {(_clock.Elapsed - sentAt).TotalMilliseconds:0} ms");
    }
}
