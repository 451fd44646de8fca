using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Web.Operations;

/// <summary>
/// Polls all tiers: once a second while there are viewers, otherwise every five seconds for the history. Each update is serialized once
/// for all viewers.
/// </summary>
internal sealed partial class OperationsMonitor(
    LoadBalancerReader loadBalancers, DatabaseReader database, ServerActions actions, DrainState drain, IConfiguration configuration,
    IHostEnvironment environment, TimeProvider clock, ILogger<OperationsMonitor> logger) : BackgroundService
{
    /// <summary>The maximum duration of a stream. The browser then reconnects, which checks the session again.</summary>
    private static readonly TimeSpan s_streamLimit = TimeSpan.FromSeconds(60);

    /// <summary>The delay before the browser reconnects.</summary>
    private static readonly TimeSpan s_reconnection = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan s_viewedInterval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_minPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_idleInterval = TimeSpan.FromSeconds(OperationsHistory.Interval);
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly string _name = ServerName.Read(configuration, environment);
    private readonly SemaphoreSlim _refreshLock = new(1);
    private Snapshot _snapshot = new(new OperationsView(DateTimeOffset.MinValue, "", [], []), "", "", "[]");
    private TaskCompletionSource _nextUpdate = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _viewerArrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _viewerCount;

    /// <summary>The recorded metrics and events.</summary>
    public OperationsHistory History { get; } = new();

    /// <summary>Returns the current state, at most one second old.</summary>
    public async Task<OperationsView> GetCurrentAsync(CancellationToken cancellationToken)
    {
        if (clock.GetUtcNow() - _snapshot.View.Time > s_viewedInterval)
        {
            await RefreshAsync(s_viewedInterval, cancellationToken);
        }

        return _snapshot.View;
    }

    /// <summary>Returns a stream of events for a browser: first the history, then the current state once a second.</summary>
    public async IAsyncEnumerable<SseItem<string>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _viewerCount);
        Volatile.Read(ref _viewerArrived).TrySetResult();
        try
        {
            var end = clock.GetUtcNow() + s_streamLimit;
            var history = JsonSerializer.Serialize(History.Points, s_json);
            yield return new SseItem<string>(history, "history") { ReconnectionInterval = s_reconnection };
            await GetCurrentAsync(cancellationToken);
            var last = new Snapshot(_snapshot.View, "", "", "");
            while (clock.GetUtcNow() < end)
            {
                // Read the task before the snapshot, so that no update is missed.
                var next = Volatile.Read(in _nextUpdate).Task;
                var snapshot = Volatile.Read(in _snapshot);
                if (ShouldEnd(snapshot))
                {
                    yield break;
                }

                if (snapshot.Json != last.Json)
                {
                    yield return new SseItem<string>(snapshot.Json, "state");
                }

                if (snapshot.Point != last.Point)
                {
                    yield return new SseItem<string>(snapshot.Point, "point");
                }

                if (snapshot.Events != last.Events)
                {
                    yield return new SseItem<string>(snapshot.Events, "timeline");
                }

                last = snapshot;
                await next.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _viewerCount);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var start = clock.GetTimestamp();
                var isWatched = Volatile.Read(in _viewerCount) > 0;
                if (isWatched || loadBalancers.HasKey)
                {
                    await RefreshAsync(isWatched ? s_viewedInterval : s_idleInterval, stoppingToken);
                }

                await PauseAsync(start, stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailure(exception);
                await Task.Delay(s_idleInterval, clock, stoppingToken);
            }
        }
    }

    // The first viewer ends a long pause immediately.
    private async Task PauseAsync(long start, CancellationToken stoppingToken)
    {
        var arrived = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _viewerArrived, arrived);
        var isWatched = Volatile.Read(in _viewerCount) > 0;
        var pause = (isWatched ? s_viewedInterval : s_idleInterval) - clock.GetElapsedTime(start);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        await Task.WhenAny(isWatched ? Task.Delay(Timeout.Infinite, cancellation.Token) : arrived.Task,
            Task.Delay(pause > s_minPause ? pause : s_minPause, clock, cancellation.Token));
        await cancellation.CancelAsync();
        stoppingToken.ThrowIfCancellationRequested();
    }

    private async Task RefreshAsync(TimeSpan interval, CancellationToken cancellationToken)
    {
        await _refreshLock.WaitAsync(cancellationToken);
        try
        {
            // Another caller has refreshed the snapshot in the meantime.
            if (clock.GetUtcNow() - _snapshot.View.Time < interval / 2)
            {
                return;
            }

            var (statistics, databases) = (loadBalancers.ReadAsync(cancellationToken), database.ReadAsync(cancellationToken));
            var commands = actions.ListAsync(cancellationToken);
            await Task.WhenAll(statistics, databases, commands);
            var before = _snapshot.View.Tiers.Count > 0 ? _snapshot.View : null;
            var view = TopologyMerge.Merge(clock.GetUtcNow(), _name, await statistics, await databases, before) with
            {
                Limits = DescribeLimits(),
            };
            var (point, hasEvents) = History.Note(view, await commands);
            Volatile.Write(ref _snapshot, new Snapshot(
                view,
                JsonSerializer.Serialize(view, s_json),
                point is null ? _snapshot.Point : JsonSerializer.Serialize(point, s_json),
                hasEvents ? JsonSerializer.Serialize(History.Events, s_json) : _snapshot.Events));
            Interlocked.Exchange(ref _nextUpdate, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
        finally
        {
            _refreshLock.Release();
        }
    }

    // End streams when this server stops or drains, so that the browser reconnects to another server.
    private bool ShouldEnd(Snapshot snapshot) =>
        drain.IsDraining || snapshot.View.Find(TopologyMerge.Web, _name) is { State: ServerState.Draining };

    private string DescribeLimits() => loadBalancers.HasKey ? ""
        : $"{LoadBalancerReader.KeySetting} is not set, so the state of load balancers, web servers and API servers is unknown.";

    [LoggerMessage(LogLevel.Warning, "Couldn't read the state of the tiers.")]
    private partial void LogFailure(Exception exception);

    /// <summary>The state at one moment, and its serialized events.</summary>
    private sealed record Snapshot(OperationsView View, string Json, string Point, string Events);
}
