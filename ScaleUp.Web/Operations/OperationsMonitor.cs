using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Web.Operations;

/// <summary>
/// Looks at all tiers: once a second while somebody watches, however many they are, and else every five seconds, for the history. What is
/// sent to those who watch is written once for all of them.
/// </summary>
internal sealed partial class OperationsMonitor(
    LoadBalancerReader loadBalancers, DatabaseReader database, ServerActions actions, DrainState drain, IConfiguration configuration,
    IHostEnvironment environment, TimeProvider clock,
    ILogger<OperationsMonitor> logger) : BackgroundService
{
    /// <summary>After so long a stream ends. The browser opens the next one, maybe at another server, if its session is good.</summary>
    private static readonly TimeSpan s_streamLimit = TimeSpan.FromSeconds(60);

    /// <summary>How long a browser waits before it opens the next stream.</summary>
    private static readonly TimeSpan s_reconnection = TimeSpan.FromMilliseconds(300);

    private static readonly TimeSpan s_watched = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_shortest = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_unwatched = TimeSpan.FromSeconds(OperationsHistory.Interval);
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    private readonly string _name = ServerName.Read(configuration, environment);
    private readonly SemaphoreSlim _look = new(1);
    private Moment _moment = new(new OperationsView(DateTimeOffset.MinValue, "", [], []), "", "", "[]");
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _viewer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _viewers;

    /// <summary>What is known of the past.</summary>
    public OperationsHistory History { get; } = new();

    /// <summary>The present, which is at most one second old.</summary>
    public async Task<OperationsView> GetCurrentAsync(CancellationToken cancellationToken)
    {
        if (clock.GetUtcNow() - _moment.View.Time > s_watched)
        {
            await LookAsync(s_watched, cancellationToken);
        }

        return _moment.View;
    }

    /// <summary>What happens, as events for a browser: first the past, then each second the present.</summary>
    public async IAsyncEnumerable<SseItem<string>> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _viewers);
        Volatile.Read(ref _viewer).TrySetResult();
        try
        {
            var end = clock.GetUtcNow() + s_streamLimit;
            var past = JsonSerializer.Serialize(History.Points, s_json);
            yield return new SseItem<string>(past, "history") { ReconnectionInterval = s_reconnection };
            await GetCurrentAsync(cancellationToken);
            var last = new Moment(_moment.View, "", "", "");
            while (clock.GetUtcNow() < end)
            {
                // In this order, so that no moment is missed.
                var next = Volatile.Read(in _next).Task;
                var moment = Volatile.Read(in _moment);
                if (MustEnd(moment))
                {
                    yield break;
                }

                if (moment.Json != last.Json)
                {
                    yield return new SseItem<string>(moment.Json, "state");
                }

                if (moment.Point != last.Point)
                {
                    yield return new SseItem<string>(moment.Point, "point");
                }

                if (moment.Events != last.Events)
                {
                    yield return new SseItem<string>(moment.Events, "timeline");
                }

                last = moment;
                await next.WaitAsync(cancellationToken);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _viewers);
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                var start = clock.GetTimestamp();
                var isWatched = Volatile.Read(in _viewers) > 0;
                if (isWatched || loadBalancers.HasKey)
                {
                    await LookAsync(isWatched ? s_watched : s_unwatched, stoppingToken);
                }

                await PauseAsync(start, stoppingToken);
            }
            catch (Exception exception) when (exception is not OperationCanceledException)
            {
                LogFailure(exception);
                await Task.Delay(s_unwatched, clock, stoppingToken);
            }
        }
    }

    // A viewer ends a long pause at once.
    private async Task PauseAsync(long start, CancellationToken stoppingToken)
    {
        var viewer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _viewer, viewer);
        var isWatched = Volatile.Read(in _viewers) > 0;
        var pause = (isWatched ? s_watched : s_unwatched) - clock.GetElapsedTime(start);
        using var cancellation = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
        await Task.WhenAny(isWatched ? Task.Delay(Timeout.Infinite, cancellation.Token) : viewer.Task,
            Task.Delay(pause > s_shortest ? pause : s_shortest, clock, cancellation.Token));
        await cancellation.CancelAsync();
        stoppingToken.ThrowIfCancellationRequested();
    }

    private async Task LookAsync(TimeSpan age, CancellationToken cancellationToken)
    {
        await _look.WaitAsync(cancellationToken);
        try
        {
            // Somebody else has looked meanwhile.
            if (clock.GetUtcNow() - _moment.View.Time < age / 2)
            {
                return;
            }

            var (statistics, databases) = (loadBalancers.ReadAsync(cancellationToken), database.ReadAsync(cancellationToken));
            var commands = actions.ListAsync(cancellationToken);
            await Task.WhenAll(statistics, databases, commands);
            var before = _moment.View.Tiers.Count > 0 ? _moment.View : null;
            var view = TopologyMerge.Merge(clock.GetUtcNow(), _name, await statistics, await databases, before) with { Limits = Limits() };
            var (point, hasEvents) = History.Note(view, await commands);
            Volatile.Write(ref _moment, new Moment(
                view,
                JsonSerializer.Serialize(view, s_json),
                point is null ? _moment.Point : JsonSerializer.Serialize(point, s_json),
                hasEvents ? JsonSerializer.Serialize(History.Events, s_json) : _moment.Events));
            Interlocked.Exchange(ref _next, new(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
        }
        finally
        {
            _look.Release();
        }
    }

    // A stream is no reason for a server to stay: one that leaves, or is drained, lets the browser go to another.
    private bool MustEnd(Moment moment) =>
        drain.IsDraining || moment.View.Find(TopologyMerge.Web, _name) is { State: ServerState.Draining };

    private string Limits() => loadBalancers.HasKey ? ""
        : $"The setting {LoadBalancerReader.KeySetting} is missing, so nothing is known of load balancers, web servers and API servers.";

    [LoggerMessage(LogLevel.Warning, "The state of the tiers could not be read.")]
    private partial void LogFailure(Exception exception);

    /// <summary>What was seen at one moment, and how it is sent.</summary>
    private sealed record Moment(OperationsView View, string Json, string Point, string Events);
}
