namespace ScaleUp.Web.Operations;

/// <summary>The last fifteen minutes, in numbers and in events, as this web server has seen them.</summary>
public sealed class OperationsHistory
{
    /// <summary>Seconds between two points.</summary>
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

    /// <summary>Takes note of a moment: of what has changed, and every five seconds of its numbers.</summary>
    /// <returns>The new point, and whether there are new events.</returns>
    /// <param name="view">The moment.</param>
    /// <param name="actions">The commands of administrators until then, also those that are noted already.</param>
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
