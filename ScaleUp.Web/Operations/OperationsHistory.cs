namespace ScaleUp.Web.Operations;

/// <summary>The metrics of the last 15 minutes and the last 50 events, as recorded by this web server.</summary>
public sealed class OperationsHistory
{
    /// <summary>The interval between points, in seconds.</summary>
    public const int Interval = 5;

    private const int MaxPoints = 15 * 60 / Interval;
    private const int MaxEvents = 50;

    private readonly Lock _lock = new();
    private readonly Queue<HistoryPoint> _points = new();
    private readonly Queue<TimelineEvent> _events = new();
    private DateTimeOffset _lastAction;
    private OperationsView? _last;

    /// <summary>The points, oldest first.</summary>
    public IReadOnlyList<HistoryPoint> Points
    {
        get
        {
            lock (_lock)
            {
                return [.. _points];
            }
        }
    }

    /// <summary>The events, oldest first.</summary>
    public IReadOnlyList<TimelineEvent> Events
    {
        get
        {
            lock (_lock)
            {
                return [.. _events.OrderBy(@event => @event.Time)];
            }
        }
    }

    /// <summary>Records a snapshot: an event for each change, and every five seconds a point with the metrics.</summary>
    /// <returns>The new point, or null if it is not due yet, and whether there are new events.</returns>
    /// <param name="view">The snapshot.</param>
    /// <param name="actions">The commands of administrators so far, including those already recorded.</param>
    public (HistoryPoint? Point, bool HasEvents) Note(OperationsView view, IReadOnlyList<ServerAction>? actions = null)
    {
        ArgumentNullException.ThrowIfNull(view);

        lock (_lock)
        {
            var commands = (actions ?? []).Where(action => action.Time > _lastAction).ToArray();
            _lastAction = commands.Select(action => action.Time).Append(_lastAction).Max();
            TimelineEvent[] events = [.. commands.Select(Verdicts.Describe), .. _last is null ? [] : Verdicts.Changes(_last, view)];
            _last = view;
            foreach (var @event in events)
            {
                _events.Enqueue(@event);
            }

            var time = view.Time.ToUnixTimeSeconds() / Interval * Interval;
            HistoryPoint? point = null;
            if (_points.Count == 0 || _points.Last().Time < time)
            {
                _points.Enqueue(point = new HistoryPoint(time, view.Tiers.ToDictionary(tier => tier.Name,
                    tier => new TierNumbers(Round(tier.Requests), Round(tier.Errors), Round(tier.Mean), tier.InService))));
            }

            while (_points.Count > 0 && _points.Peek().Time <= time - (MaxPoints * Interval))
            {
                _points.Dequeue();
            }

            while (_events.Count > MaxEvents)
            {
                _events.Dequeue();
            }

            return (point, events.Length > 0);
        }
    }

    private static double? Round(double? number) => number is { } n ? Math.Round(n, 2) : null;
}
