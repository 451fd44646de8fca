using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using ScaleUp.Tests.HAProxy;
using ScaleUp.Tests.Topology;

namespace ScaleUp.Tests.Failures;

/// <summary>
/// Visitors that read pages at a constant rate. If the machine cannot keep up, the rate drops, so that refused requests indicate a fault of
/// the servers and not of the machine (drills use an open-loop load instead). Like browsers, visitors keep connections alive and try both
/// addresses of the website.
/// </summary>
internal sealed class ConstantLoad : IAsyncDisposable
{
    private static readonly Func<string>[] s_paths =
        [FreshPages.FrontPage, () => "/", () => FreshPages.Article("state-has-one-home"), () => "/favicon.svg"];
    private const int WarmUpRequests = 100;

    /// <summary>
    /// Requests per second. Two slow cores that run all tiers sustain this rate while a server is down or starting, which takes ten seconds
    /// of processor time there; at 200 per second, requests waited longer than the queue timeout of 2 s.
    /// </summary>
    private const int PerSecond = 40;

    /// <summary>
    /// The maximum number of requests in flight: the limit of one load balancer for one server, so that no request is queued whichever
    /// servers are down.
    /// </summary>
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

    /// <summary>
    /// Starts the load after a few sequential requests, because freshly started servers compile each page at its first request.
    /// </summary>
    public static async Task<ConstantLoad> StartAsync(Uri website)
    {
        using var http = Browser.Open(website);
        for (var i = 0; i < WarmUpRequests; i++)
        {
            using var response = await http.GetAsync(s_paths[i % s_paths.Length]());
        }

        return new ConstantLoad(website);
    }

    /// <summary>The longest response time so far.</summary>
    public TimeSpan Slowest => TimeSpan.FromTicks(Interlocked.Read(in _slowest));

    /// <summary>
    /// Waits until as many further requests have completed, successfully or not, as the full rate sends in the given time.
    /// </summary>
    public async Task ContinueForAsync(double seconds)
    {
        var target = Volatile.Read(ref _answered) + (seconds * PerSecond);
        await Eventually.TrueAsync(() => Volatile.Read(ref _answered) >= target,
            () => Task.FromResult($"{_answered} of {target} requests have completed."));
    }

    /// <summary>Ends the load and fails the test, with the evidence, if any request failed.</summary>
    public async Task AssertNothingLostAsync(Func<Task<string>> evidence)
    {
        await _stop.CancelAsync();
        await _arrivals;
        var elapsed = _clock.Elapsed;
        await Task.WhenAll(_requests);

        if (!_failures.IsEmpty)
        {
            Assert.Fail($"{_failures.Count} of {_sent} requests failed within {elapsed.TotalSeconds:0.0} s. " +
                $"The first:\n{string.Join('\n', _failures.Take(10))}\n{await evidence()}");
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
            // A stale copy counts as a failure, because it is not a current response.
            if (response.StatusCode != HttpStatusCode.OK || response.Headers.Contains("X-Stale"))
            {
                var servedBy = response.Headers.TryGetValues("X-Served-By", out var values) ? string.Join(", ", values) : "no server";
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

        void Fail(string what) =>
            _failures.Enqueue($"{sentAt.TotalSeconds:0.000} s, {path}: {what} after {(_clock.Elapsed - sentAt).TotalMilliseconds:0} ms");
    }
}
