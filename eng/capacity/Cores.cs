namespace ScaleUp.Capacity;

/// <summary>The processor cores of a machine: as many pieces of work at a time; the others wait in the order in which they came.</summary>
internal sealed class Cores(Timeline timeline, int count)
{
    private readonly Queue<(double Came, double Seconds, Action Done)> _waiting = [];
    private int _busy;

    public int Count => count;

    /// <summary>Pieces of work that were begun.</summary>
    public long Begun { get; private set; }

    /// <summary>Seconds of work that were begun, on all cores together.</summary>
    public double BusySeconds { get; private set; }

    /// <summary>Seconds that all work together has waited for a core.</summary>
    public double WaitedSeconds { get; private set; }

    public void Do(double seconds, Action done)
    {
        if (_busy < count)
        {
            Begin(timeline.Now, seconds, done);
        }
        else
        {
            _waiting.Enqueue((timeline.Now, seconds, done));
        }
    }

    private void Begin(double came, double seconds, Action done)
    {
        _busy++;
        Begun++;
        BusySeconds += seconds;
        WaitedSeconds += timeline.Now - came;
        timeline.In(seconds, () =>
        {
            _busy--;
            if (_waiting.TryDequeue(out var next))
            {
                Begin(next.Came, next.Seconds, next.Done);
            }

            done();
        });
    }
}

/// <summary>A pool of connections: so many are in use at a time; who wants one more waits.</summary>
internal sealed class Pool(int places)
{
    private readonly Queue<Action> _waiting = [];
    private int _used;

    public void Enter(Action begin)
    {
        if (_used == places)
        {
            _waiting.Enqueue(begin);
            return;
        }

        _used++;
        begin();
    }

    public void Leave()
    {
        _used--;
        if (_waiting.TryDequeue(out var next))
        {
            Enter(next);
        }
    }
}
