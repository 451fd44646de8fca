namespace ScaleUp.Capacity;

/// <summary>Simulated time, in seconds. What is due at the same moment happens in the order in which it was planned.</summary>
internal sealed class Timeline
{
    private readonly PriorityQueue<Action, (double Time, long Number)> _events = new();
    private long _count;

    public double Now { get; private set; }

    /// <summary>Plans something.</summary>
    public void At(double time, Action action) => _events.Enqueue(action, (time, _count++));

    public void In(double seconds, Action action) => At(Now + seconds, action);

    /// <summary>Lets everything happen that is due until then, and what follows from it.</summary>
    public void RunUntil(double end)
    {
        while (_events.TryPeek(out _, out var due) && due.Time <= end)
        {
            var action = _events.Dequeue();
            Now = due.Time;
            action();
        }

        Now = end;
    }
}

/// <summary>Something that is waited for, and not for ever.</summary>
internal interface IAwaited
{
    /// <summary>It has come, or is of no interest any more.</summary>
    bool IsOver { get; }

    /// <summary>Nobody waits any longer.</summary>
    void GiveUp();
}

/// <summary>A time-out. All waits have the same length, so that who began first ends first, and one event at a time is enough for all.</summary>
internal sealed class Patience(Timeline timeline, double seconds)
{
    private readonly Queue<(double Until, IAwaited What)> _waits = [];
    private bool _isPlanned;

    public void Begin(IAwaited what)
    {
        _waits.Enqueue((timeline.Now + seconds, what));
        if (!_isPlanned)
        {
            _isPlanned = true;
            timeline.In(seconds, Look);
        }
    }

    private void Look()
    {
        while (_waits.TryPeek(out var first) && (first.What.IsOver || first.Until <= timeline.Now))
        {
            _waits.Dequeue();
            if (!first.What.IsOver)
            {
                first.What.GiveUp();
            }
        }

        _isPlanned = _waits.TryPeek(out var next);
        if (_isPlanned)
        {
            timeline.At(next.Until, Look);
        }
    }
}
